type Schema = Readonly<Record<string, unknown>>;

/** Paths of the objects in a JSON Schema that have fields and take others too. */
export function looseObjects(schema: Schema, path = 'detail'): readonly string[] {
  const own = isSchema(schema.properties) && schema.additionalProperties !== false ? [path] : [];
  const { properties, items, additionalProperties, $defs } = schema;
  const named = [...Object.entries(isSchema(properties) ? properties : {}), ...Object.entries(isSchema($defs) ? $defs : {})];
  const parts: (readonly [string, unknown])[] = [
    ...named.map(([name, part]) => [`${path}.${name}`, part] as const),
    [`${path}[]`, items],
    [`${path}.*`, additionalProperties],
    ...['anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap((name) => {
      const some = schema[name];
      return Array.isArray(some) ? some.map((part: unknown) => [path, part] as const) : [];
    }),
  ];
  return [...own, ...parts.flatMap(([where, part]) => (isSchema(part) ? looseObjects(part, where) : []))];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
