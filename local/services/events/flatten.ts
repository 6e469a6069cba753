export type Scalar = string | number | boolean | null;

/** One value of an event, by the names on the way to it. */
export interface Field {
  readonly path: string;
  readonly value: Scalar;
  /** Which element of each array on the way it belongs to: array → index. */
  readonly elements: ReadonlyMap<string, number>;
}

/**
 * An event as its values, as event-ruler sees it: objects are names on the way, each element of an array is a value of its own under the array's name,
 * and empty arrays and objects are nothing.
 */
export function flatten(event: unknown): readonly Field[] {
  const fields: Field[] = [];
  visit(event, [], '', new Map(), fields);
  return fields;
}

/** @param place of the value itself, array indexes included: what tells one array from another */
function visit(value: unknown, names: readonly string[], place: string, elements: ReadonlyMap<string, number>, fields: Field[]): void {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      visit(element, names, `${place}[${index}]`, new Map([...elements, [place, index]]), fields);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) visit(member, [...names, name], `${place}.${name}`, elements, fields);
  } else {
    fields.push({ path: pathOf(names), value: value as Scalar, elements });
  }
}

export function pathOf(names: readonly string[]): string {
  return names.join('.');
}

/** Whether two values can be of the same elements of every array that both are in; undefined when they cannot, else what both say together. */
export function together(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
  for (const [array, index] of other) if ((one.get(array) ?? index) !== index) return undefined;
  return new Map([...one, ...other]);
}
