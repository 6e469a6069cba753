/**
 * What follows from a value, at once where it is known already: a promise costs its waiter several turns of the queue, and a busy server's calls wait for
 * little that it does not know. Throws what `next` throws, or rejects with it.
 */
export function whenKnown<T, U>(value: Promise<T> | T, next: (value: T) => Promise<U> | U): Promise<U> | U {
  return value instanceof Promise ? value.then(next) : next(value);
}
