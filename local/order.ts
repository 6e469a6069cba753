/**
 * Sorts so that everything comes after what it needs; keeps the given order where nothing decides.
 * @throws Error naming the cycle
 */
export function inOrder<T>(items: readonly T[], idOf: (item: T) => string, needsOf: (item: T) => Iterable<string>): T[] {
  const byId = new Map(items.map((item) => [idOf(item), item]));
  const sorted: T[] = [];
  const done = new Set<string>();
  const visit = (item: T, trail: readonly string[]): void => {
    const id = idOf(item);
    if (done.has(id)) return;
    if (trail.includes(id))
      throw new Error(`These depend on each other in a circle: ${[...trail.slice(trail.indexOf(id)), id].join(' → ')}.`);
    for (const need of needsOf(item)) {
      const needed = byId.get(need);
      if (needed && need !== id) visit(needed, [...trail, id]);
    }
    done.add(id);
    sorted.push(item);
  };
  for (const item of items) visit(item, []);
  return sorted;
}
