/**
 * The path to a part of an event: names after dots, indexes in brackets, `$.detail.items[0].name`.
 *
 * @throws Error for any other JSON path
 */
export function parseJsonPath(path: string): (event: unknown) => unknown {
  if (!/^\$(?:\.[\w-]+|\[\d+\])*$/.test(path))
    throw new Error(`the path ${path} is not emulated; names and indexes are, as in $.detail.items[0].name`);
  const steps = path.match(/[\w-]+/g) ?? [];
  return (event) =>
    steps.reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined),
      event,
    );
}
