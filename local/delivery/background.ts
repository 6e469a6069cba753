/** What goes on after an answer was given: asynchronous calls and deliveries. */
export class Background {
  private readonly running = new Set<Promise<unknown>>();
  private begun = 0;

  /** How many have ever begun: what tells whether anything happened in between. */
  get count(): number {
    return this.begun;
  }

  /** Never rejects by what it is given: whoever begins something tells of its failure. */
  run(work: () => Promise<unknown>): void {
    this.begun += 1;
    const running = work()
      .catch(() => undefined)
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Resolves when nothing is under way, what began meanwhile included. */
  async settle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
