import type { EventSourceMapping, Step } from './mapping';

/** After a step that failed for good, or by mistake: it is then told until when to wait. */
const LOOK_AGAIN_MS = 1_000;

interface Running {
  readonly mapping: EventSourceMapping;
  /** Steps run one after the other, whoever asks for them. */
  tail: Promise<unknown>;
  unsubscribe: () => void;
  timer?: NodeJS.Timeout;
  isKicked: boolean;
}

export interface EventSourcesOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether time passes by itself; otherwise what waits for a time is done by `poll` and `settle` alone. */
  readonly timePasses: boolean;
  /** Told of what no step should throw. */
  readonly onError: (mapping: EventSourceMapping, error: unknown) => void;
}

/** The event source mappings of all functions, at work from `open` on. */
export class EventSources {
  private readonly running = new Map<string, Running>();
  private isOpen = false;
  private isStopped = false;

  constructor(private readonly options: EventSourcesOptions) {}

  get mappings(): readonly EventSourceMapping[] {
    return [...this.running.values()].map(({ mapping }) => mapping);
  }

  add(mapping: EventSourceMapping): void {
    const running: Running = { mapping, tail: Promise.resolve(), unsubscribe: () => undefined, isKicked: false };
    running.unsubscribe = mapping.subscribe(() => this.kick(running));
    this.running.set(mapping.id, running);
    this.kick(running);
  }

  /** Begins to hand records over. */
  open(): void {
    this.isOpen = true;
    for (const running of this.running.values()) this.kick(running);
  }

  /** Does what is due by the clock, and resolves when nothing more is. */
  async poll(): Promise<void> {
    await Promise.all([...this.running.values()].map((running) => this.drain(running, false)));
  }

  /**
   * Hands over all that is there, without waiting for batching windows or between attempts: how a test gets a stream to its end.
   * A batch that fails and may be tried for ever is tried once. @returns Ids of the mappings that are stuck with one, or may not read.
   */
  async settle(): Promise<readonly string[]> {
    const ends = await Promise.all(
      [...this.running.values()].map(async (running) => [running.mapping.id, (await this.drain(running, true)).kind] as const),
    );
    return ends.flatMap(([id, kind]) => (kind === 'stuck' || kind === 'denied' ? [id] : []));
  }

  /** Begins nothing more. Resolves when nothing is under way: functions must be stopped meanwhile. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const { mapping, unsubscribe, timer } of this.running.values()) {
      mapping.stop();
      unsubscribe();
      clearTimeout(timer);
    }
    await Promise.allSettled([...this.running.values()].map(({ tail }) => tail));
  }

  private kick(running: Running): void {
    // One more look is enough for any number of records.
    if (!this.isOpen || this.isStopped || running.isKicked) return;
    running.isKicked = true;
    void this.drain(running, false);
  }

  private drain(running: Running, hurry: boolean): Promise<Step> {
    const drained = running.tail.then(async () => {
      running.isKicked = false;
      clearTimeout(running.timer);
      for (;;) {
        const step = await this.stepOf(running, hurry);
        if (step.kind === 'moved') continue;
        this.wakeAgain(running, step);
        return step;
      }
    });
    running.tail = drained;
    return drained;
  }

  private async stepOf({ mapping }: Running, hurry: boolean): Promise<Step> {
    try {
      return await mapping.step(hurry);
    } catch (error) {
      if (!this.isStopped) this.options.onError(mapping, error);
      return { kind: 'stuck' };
    }
  }

  private wakeAgain(running: Running, step: Step): void {
    if (!this.options.timePasses || this.isStopped || !this.isOpen) return;
    const delayMs = step.kind === 'waiting' ? step.untilMs - this.options.now() : step.kind === 'stuck' ? LOOK_AGAIN_MS : undefined;
    if (delayMs === undefined) return;
    running.timer = setTimeout(() => this.kick(running), Math.max(delayMs, 1)).unref();
  }
}
