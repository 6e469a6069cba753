import type { Clock } from '../core/clock';
import { roundMs } from './call';

/** What a call goes through, in this order. `settle` is measured up to when its record is made. */
export type Stage =
  | 'authenticate'
  | 'prepare'
  | 'guard_input'
  | 'route'
  | 'admit'
  | 'find_similar'
  | 'model'
  | 'guard_output'
  | 'validate'
  | 'settle';

/** How long the stages of one call have taken, as far as they ran. What is between them and in none is the wait for a caller that reads slowly. */
export class StageTimes {
  readonly #ms: Partial<Record<Stage, number>> = {};
  #lastMs: number;

  /**
   * @param startedMs On the monotonic clock, as all times here.
   * @param authenticatedMs Undefined for a call that nobody has sent.
   */
  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    startedMs: number,
    authenticatedMs?: number,
  ) {
    this.#lastMs = authenticatedMs ?? startedMs;
    if (authenticatedMs !== undefined) this.#ms.authenticate = authenticatedMs - startedMs;
  }

  /** A stage is over that began where the one before ended. */
  end(stage: Stage): void {
    const nowMs = this.clock.monotonicMs();
    this.#ms[stage] = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
  }

  /** Models were waited for, and all is answered. */
  answered({
    attemptCount,
    modelMs,
    endedMs,
  }: {
    readonly attemptCount: number;
    readonly modelMs: number;
    readonly endedMs: number | undefined;
  }): void {
    if (attemptCount > 0) this.#ms.model = modelMs;
    this.#lastMs = endedMs ?? this.clock.monotonicMs();
  }

  /** Work of a stage that others are mixed with; may come in parts. */
  during<T>(stage: Stage, work: () => T): T {
    const startedMs = this.clock.monotonicMs();
    try {
      return work();
    } finally {
      this.#ms[stage] = (this.#ms[stage] ?? 0) + this.clock.monotonicMs() - startedMs;
    }
  }

  /** For the settlement that is being made. */
  record(nowMs: number): Partial<Record<Stage, number>> {
    const record: Partial<Record<Stage, number>> = {};
    for (const stage in this.#ms) record[stage as Stage] = roundMs(this.#ms[stage as Stage] as number);
    record.settle = roundMs(nowMs - this.#lastMs);
    return record;
  }
}
