import { isJsonObject } from '../json-protocol';
import { chooseWord } from './choose-word';
import { invalid } from './constraints';
import { numberOf } from './json-number';
import { textOf } from './json-text';
import type { JsonObject } from './model';

/** Schemas that refer to each other can have no end. */
const MAX_NODES = 10_000;
/** What a simulated answer says of itself, where it is asked. */
const SURE = 0.92;
const UNSURE = 0.6;

/**
 * An instance of a JSON schema, the same for the same schema and text: of an `enum` the value whose words are in the text, the first where none is,
 * a `confidence` that is high where they all are and no other value's, the first branch of `anyOf` or `oneOf` that comes to an
 * end, every property but those that would not end, as few items as are allowed but one, the number nearest to zero. Its strings say
 * that they are simulated where their schema lets them. Throws ServiceError (ValidationException) for a schema without an instance, or with
 * one that the emulator cannot find.
 */
export function instanceOf(schema: JsonObject, said = ''): unknown {
  const instance = new Maker(schema, said).make(schema, { refs: [], variant: 0 });
  if (instance === undefined) throw invalid('The local emulator found no instance of the JSON schema: it allows none, or none that ends.');
  return instance;
}

interface Place {
  /** References that led here: one that comes again would go on forever. */
  readonly refs: readonly string[];
  /** Of items that must differ: which of them this is part of. */
  readonly variant: number;
}

/** `undefined` stands for no instance: JSON has no such value. */
class Maker {
  #nodes = 0;
  /** Of the choices so far that were made by what was said: how plain they were. */
  #plain: number | undefined;

  constructor(
    private readonly root: JsonObject,
    private readonly said: string,
  ) {}

  make(schema: unknown, place: Place): unknown {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES || schema === false) return undefined;
    if (!isJsonObject(schema)) return textOf({}, place.variant);
    const { $ref, allOf, anyOf, oneOf, ...own } = schema;
    if (typeof $ref === 'string') return this.#refer($ref, { ...own, ...keep({ allOf, anyOf, oneOf }) }, place);
    if (Array.isArray(allOf)) return this.make(allOf.reduce(merge, { ...own, ...keep({ anyOf, oneOf }) }), place);
    const branches = anyOf ?? oneOf;
    if (Array.isArray(branches)) return first(branches, (branch) => this.make(branch === false ? false : merge(own, branch), place));
    if ('const' in own) return own.const;
    if (Array.isArray(own.enum)) return this.#choose(own.enum, place.variant);
    return first(typesOf(own), (type) => this.#makeType(type, own, place));
  }

  #refer(ref: string, own: JsonObject, place: Place): unknown {
    if (place.refs.includes(ref)) return undefined;
    return this.make(merge(own, resolve(this.root, ref)), { ...place, refs: [...place.refs, ref] });
  }

  #choose(values: readonly unknown[], variant: number): unknown {
    const choice = variant === 0 && values.length > 1 ? chooseWord(values, this.said) : undefined;
    if (choice === undefined) return values[variant];
    const plain = choice.share - choice.nextShare === 1 ? SURE : UNSURE;
    this.#plain = Math.min(plain, this.#plain ?? SURE);
    return choice.value;
  }

  #makeType(type: unknown, schema: JsonObject, place: Place): unknown {
    switch (type) {
      case 'object':
        return this.#makeObject(schema, place);
      case 'array':
        return this.#makeArray(schema, place);
      case 'string':
        return textOf(schema, place.variant);
      case 'integer':
      case 'number':
        return numberOf(schema, place.variant);
      case 'boolean':
        return place.variant < 2 ? place.variant === 0 : undefined;
      default:
        return place.variant === 0 ? null : undefined;
    }
  }

  #makeObject(schema: JsonObject, place: Place): unknown {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
    const others = schema.additionalProperties ?? {};
    const members: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(properties)) {
      const value = name === 'confidence' && this.#plain !== undefined ? this.#plain : this.make(property, place);
      if (value !== undefined) members[name] = value;
    }
    for (const name of required) {
      if (typeof name !== 'string' || Object.hasOwn(members, name)) continue;
      const value = Object.hasOwn(properties, name) ? undefined : this.make(others, place);
      if (value === undefined) return undefined;
      members[name] = value;
    }
    for (let count = Object.keys(members).length; count < numberIn(schema.minProperties, 0); count += 1) {
      const value = this.make(others, place);
      if (value === undefined) return undefined;
      members[`simulated${count}`] = value;
    }
    return members;
  }

  #makeArray(schema: JsonObject, place: Place): unknown {
    const heads: readonly unknown[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
    const minItems = numberIn(schema.minItems, 0);
    const wanted = Math.min(Math.max(minItems, heads.length, 1), numberIn(schema.maxItems, MAX_NODES));
    const items: unknown[] = [];
    for (let index = 0; index < wanted; index += 1) {
      const variant = schema.uniqueItems === true ? index : place.variant;
      const item = this.make(heads[index] ?? schema.items ?? {}, { ...place, variant });
      if (item === undefined) return items.length >= minItems ? items : undefined;
      items.push(item);
    }
    return items;
  }
}

function first(candidates: readonly unknown[], make: (candidate: unknown) => unknown): unknown {
  for (const candidate of candidates) {
    const made = make(candidate);
    if (made !== undefined) return made;
  }
  return undefined;
}

/** What both schemas ask for, as far as one schema can say it. */
function merge(own: JsonObject, other: unknown): JsonObject {
  if (!isJsonObject(other)) return own;
  const properties = { ...asObject(own.properties), ...asObject(other.properties) };
  const required = [...asArray(own.required), ...asArray(other.required)];
  return {
    ...own,
    ...other,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function resolve(root: JsonObject, ref: string): unknown {
  if (!ref.startsWith('#')) throw invalid(`The local emulator resolves references within a JSON schema only; found "${ref}".`);
  const steps = ref
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], root);
  if (target === undefined) throw invalid(`The JSON schema has nothing at "${ref}".`);
  return target;
}

/** The types allowed, null last. */
function typesOf(schema: JsonObject): readonly unknown[] {
  const { type } = schema;
  if (Array.isArray(type)) return [...type.filter((name) => name !== 'null'), ...type.filter((name) => name === 'null')];
  if (type !== undefined) return [type];
  if ('properties' in schema || 'required' in schema || 'additionalProperties' in schema) return ['object'];
  if ('items' in schema || 'prefixItems' in schema || 'minItems' in schema) return ['array'];
  return 'minimum' in schema || 'maximum' in schema || 'multipleOf' in schema ? ['number'] : ['string'];
}

function keep(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberIn(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
