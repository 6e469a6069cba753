let waiting: (() => void)[] = [];

/**
 * Runs work when whatever else has arrived in this turn of the event loop has been read too, all of it in the order in which it was given.
 * Calls that are under way together then take their next step together, with the code that it needs in the processor's caches: each between two reads they take a
 * third more time (docs/decisions/0013).
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
