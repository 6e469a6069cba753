import { setTimeout as sleep } from 'node:timers/promises';

/** How long the simulated model takes. */
export interface ModelLatency {
  readonly firstTokenMs: number;
  readonly perTokenMs: number;
}

/** Lets one answer take the time that a model would, and adds up the time that it really took. */
export class ModelClock {
  #elapsedMs = 0;

  constructor(private readonly signal: AbortSignal) {}

  /** Time spent in the model so far. What passes between two calls (a caller that reads slowly) is not the model's. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Waits. Throws AbortError when the caller has gone. */
  async wait(durationMs: number): Promise<void> {
    this.signal.throwIfAborted();
    if (durationMs <= 0) return;
    const startMs = performance.now();
    await sleep(durationMs, undefined, { signal: this.signal });
    this.#elapsedMs += performance.now() - startMs;
  }

  /** Runs the model itself. */
  run<T>(work: () => T): T {
    const startMs = performance.now();
    const result = work();
    this.#elapsedMs += performance.now() - startMs;
    return result;
  }
}
