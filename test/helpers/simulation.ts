/** Time that passes only when everything that can go on without it has: many processes in one, in an order that a test chooses. */
export class Simulation {
  #nowMs: number;
  readonly #waiting: { readonly atMs: number; readonly go: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(ms, resolve));
  }

  /** @param ms From now. */
  at(ms: number, go: () => void): void {
    const atMs = this.#nowMs + ms;
    // Kept in order; of those at the same time the first come goes first.
    const before = this.#waiting.findLastIndex((waiting) => waiting.atMs <= atMs);
    this.#waiting.splice(before + 1, 0, { atMs, go });
  }

  /** Until nobody waits for a time any more. What waits for something else is left where it is: its process has died. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.go();
    }
  }
}
