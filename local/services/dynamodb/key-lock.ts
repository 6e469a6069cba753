/** Runs work one at a time per key, in the order in which it was asked for. */
export class KeyLock {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits until nobody before holds any of the keys. All keys are queued for in one step, so two callers cannot wait for each other. */
  async run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    let release = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = keys.flatMap((key) => this.#tails.get(key) ?? []);
    for (const key of keys) this.#tails.set(key, done);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      release();
      for (const key of keys) {
        if (this.#tails.get(key) === done) this.#tails.delete(key);
      }
    }
  }
}
