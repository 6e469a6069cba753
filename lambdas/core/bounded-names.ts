/** The first names that come, and one name for all others: for values that callers choose and that must not grow without end. */
export class BoundedNames {
  readonly #names = new Set<string>();

  /**
   * @param max How many names stay themselves.
   * @param pattern What is a name at all.
   * @param other What every further one, and what is no name, becomes.
   */
  constructor(
    private readonly max: number,
    private readonly pattern: RegExp,
    private readonly other: string,
  ) {}

  of(name: string): string {
    if (this.#names.has(name)) return name;
    if (!this.pattern.test(name) || this.#names.size >= this.max) return this.other;
    this.#names.add(name);
    return name;
  }
}
