/** Of `UnderWay`, for what was added. */
export interface Place<T> {
  readonly what: T;
  index: number;
}

/**
 * What is under way, in any order. An array, and not a set: a set from which as much is taken as comes is copied into a new table again and again.
 * Each old table refers to the next one, so that, once one of them is in the old generation, whatever was under way at any time since
 * is kept by the collections of the young one: it was most of what a busy server had promoted.
 */
export class UnderWay<T> {
  readonly #places: Place<T>[] = [];

  get size(): number {
    return this.#places.length;
  }

  add(what: T): Place<T> {
    const place = { what, index: this.#places.length };
    this.#places.push(place);
    return place;
  }

  /** Once for each that was added. The last one moves to its place. */
  remove({ index }: Place<T>): void {
    const last = this.#places.pop() as Place<T>;
    if (last.index === index) return;
    last.index = index;
    this.#places[index] = last;
  }

  /** As of now. */
  all(): T[] {
    return this.#places.map(({ what }) => what);
  }
}
