let waiting: (() => void)[] = [];

/**
 * Runs work when whatever else has arrived in this turn of the event loop has been read too, all of it in the order in which it was given.
 * Calls that are under way together then take their next step together, with the code that it needs in the processor's caches: one after the other, each between two
 * reads, they take half as much time again.
 *
 * @param work Throws nothing.
 */
export function afterArrivals(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(runAll);
}

function runAll(): void {
  const all = waiting;
  waiting = [];
  for (const work of all) work();
}
