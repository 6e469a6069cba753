import type { BreakerPolicy } from './routing-policy';

/** Leave to make one call. Of its three ends the first counts. */
export interface Permit {
  succeeded(): void;
  failed(): void;
  /** The call says nothing of the model: its caller left. */
  released(): void;
}

interface State {
  failures: number;
  /** Undefined while closed. */
  openedAtMs: number | undefined;
  isProbed: boolean;
}

/**
 * Circuit breakers of one process, by key: closed; open after failures in a row; half-open once the time is over, when a single call probes
 * whether all is well. Age is measured on the wall clock, so that an environment that was frozen does not take the pause for no time; a clock
 * that was set back ends it.
 */
export class Breakers {
  /** Only of keys that have failed since they last succeeded. */
  readonly #states = new Map<string, State>();

  /** @param maxKeys The key that failed longest ago makes room: it is closed again. */
  constructor(
    private readonly policy: BreakerPolicy,
    private readonly clock: { nowMs(): number },
    private readonly maxKeys = 1_000,
  ) {}

  /** Whether a call would be let through now. */
  allows(key: string): boolean {
    const state = this.#states.get(key);
    return state === undefined || this.#remainingMs(state) === 0;
  }

  /** Leave to call; undefined while open, and in half-open while another call probes. */
  enter(key: string): Permit | undefined {
    if (!this.allows(key)) return undefined;
    const probed = this.#states.get(key);
    const isProbe = probed?.openedAtMs !== undefined;
    if (isProbe) probed.isProbed = true;
    let ended = false;
    const once = (end: () => void) => () => {
      if (ended) return;
      ended = true;
      end();
    };
    return {
      succeeded: once(() => void this.#states.delete(key)),
      failed: once(() => this.#fail(key)),
      released: once(() => {
        if (isProbe) probed.isProbed = false;
      }),
    };
  }

  /** Milliseconds until the next probe; 0 for a key that may be called, or is being probed. */
  waitMs(key: string): number {
    const state = this.#states.get(key);
    return state === undefined || state.isProbed ? 0 : this.#remainingMs(state);
  }

  get size(): number {
    return this.#states.size;
  }

  #remainingMs({ openedAtMs, isProbed }: State): number {
    if (openedAtMs === undefined) return 0;
    if (isProbed) return this.policy.openMs;
    const ageMs = this.clock.nowMs() - openedAtMs;
    return ageMs < 0 ? 0 : Math.max(0, this.policy.openMs - ageMs);
  }

  #fail(key: string): void {
    const before = this.#states.get(key);
    const failures = (before?.failures ?? 0) + 1;
    const openedAtMs = failures >= this.policy.failureThreshold ? this.clock.nowMs() : undefined;
    this.#states.delete(key);
    this.#states.set(key, { failures, openedAtMs, isProbed: false });
    if (this.#states.size <= this.maxKeys) return;
    const oldest = this.#states.keys().next();
    if (!oldest.done) this.#states.delete(oldest.value);
  }
}
