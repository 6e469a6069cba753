/**
 * Runs at most so many of the tasks that it is given at once, in the order in which they came.
 *
 * @throws RangeError when the bound is not a whole number from 1.
 */
export function limitConcurrency(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  if (!Number.isSafeInteger(most) || most < 1)
    throw new RangeError(`The most to run at once is ${most}; it must be a whole number from 1.`);
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      // Whoever waits takes over the place; it is not given up in between.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
