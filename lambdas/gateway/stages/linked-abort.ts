/**
 * An AbortController that aborts when another signal does, until it is closed. In place of `AbortSignal.any`, whose weak references and
 * finalizers cost more than the rest of a call.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #follow = (): void => this.#controller.abort(this.parent.reason);

  constructor(private readonly parent: AbortSignal) {
    if (parent.aborted) this.#follow();
    else parent.addEventListener('abort', this.#follow);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** From now on the other signal is nothing to this one: it keeps nothing of it. */
  close(): void {
    this.parent.removeEventListener('abort', this.#follow);
  }
}
