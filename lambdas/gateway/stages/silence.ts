import { GatewayError } from '../../core/errors';
import type { RoutingPolicy } from '../../core/routing-policy';
import { LinkedAbort } from './linked-abort';
import { MAX_TIMER_MS } from './timer';

/**
 * Aborts when a model says nothing for too long while it is waited for: until its first event, and between two. A reader that takes its time
 * is not the model's silence.
 */
export class Silence {
  readonly #stop: LinkedAbort;
  #timer: NodeJS.Timeout | undefined;
  #isAwaited = false;
  #hasBegun = false;

  constructor(
    private readonly modelId: string,
    private readonly timeouts: RoutingPolicy['timeouts'],
    /** Of the whole call. */
    parent: AbortSignal,
  ) {
    this.#stop = new LinkedAbort(parent);
  }

  /** Aborted by silence, or with the whole call. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The next event is asked for. */
  begin(): void {
    this.#isAwaited = true;
    // One timer for all events, put back: a new one for each would cost more than the rest of an event's way through the gateway.
    if (this.#timer === undefined) this.#timer = this.#start();
    else this.#timer.refresh();
  }

  /** The event is there. */
  end(): void {
    this.#isAwaited = false;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#clear();
  }

  close(): void {
    this.#clear();
    this.#stop.close();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): NodeJS.Timeout {
    const timeoutMs = this.#hasBegun ? this.timeouts.idleMs : this.timeouts.firstTokenMs;
    const said = this.#hasBegun ? 'said nothing for' : 'did not begin its answer within';
    return setTimeout(
      () => {
        if (!this.#isAwaited) return;
        this.#stop.abort(new GatewayError('model_timeout', `Model \`${this.modelId}\` ${said} ${timeoutMs} ms. Try again.`));
      },
      Math.min(timeoutMs, MAX_TIMER_MS),
    );
  }
}
