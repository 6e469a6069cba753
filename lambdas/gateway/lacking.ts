/**
 * The prototype of what has those members of a global class that are in use: any other throws, rather than being undefined. Not the global class's
 * own, since the first look at one of them has Node load all of its fetch, 13 MB and 30 ms.
 */
export function lacking(name: string): object {
  return new Proxy(Object.create(null), {
    get(_target, key) {
      // Asked of whatever a promise resolves with, and by whoever shows an object.
      if (typeof key === 'symbol' || key === 'then') return undefined;
      throw new TypeError(`${name} has no \`${key}\`.`);
    },
  });
}
