import { isJsonObject } from '../json-protocol';
import { searchError } from './errors';
import type { Field, Mapping } from './mapping';
import { termsOf } from './terms';

export type Value = string | number | boolean;
export type Source = Readonly<Record<string, unknown>>;

/** A document as searches read it. Fields that the mapping does not name stand in `source` alone. */
export interface StoredDocument {
  readonly id: string;
  readonly source: Source;
  /** Of fields that are neither text nor vector. */
  readonly values: ReadonlyMap<string, readonly Value[]>;
  /** Of text fields, in their order. */
  readonly terms: ReadonlyMap<string, readonly string[]>;
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

/** @throws ServiceError where a value does not fit its field, as the service refuses the document */
export function readDocument(id: string, source: unknown, mapping: Mapping): StoredDocument {
  if (!isJsonObject(source)) throw searchError('mapper_parsing_exception', 'failed to parse: a document is a JSON object');
  const document = {
    id,
    source,
    values: new Map<string, Value[]>(),
    terms: new Map<string, string[]>(),
    vectors: new Map<string, Float32Array>(),
  };
  for (const [name, raw] of Object.entries(source)) {
    const field = mapping.get(name);
    if (field === undefined || raw === null) continue;
    const { type } = field;
    if (field.type === 'knn_vector') document.vectors.set(name, readVector(name, raw, field));
    else if (type === 'text')
      document.terms.set(
        name,
        listOf(raw).flatMap((text) => termsOf(readText(name, text))),
      );
    else if (type !== 'knn_vector')
      document.values.set(
        name,
        listOf(raw).map((value) => readValue(name, value, type)),
      );
  }
  return document;
}

/** @throws ServiceError where a document could not hold this value */
export function readValue(name: string, raw: unknown, type: Exclude<Field['type'], 'knn_vector' | 'text'>): Value {
  switch (type) {
    case 'keyword':
      return readText(name, raw);
    case 'boolean':
      if (raw === true || raw === 'true') return true;
      if (raw === false || raw === 'false') return false;
      break;
    case 'date': {
      const ms = typeof raw === 'string' && !/^\d+$/.test(raw) ? Date.parse(raw) : Number(raw);
      if (Number.isFinite(ms) && typeof raw !== 'boolean') return ms;
      break;
    }
    case 'integer':
    case 'long':
    case 'double': {
      const isNumeric = typeof raw === 'number' || (typeof raw === 'string' && raw.trim() !== '');
      const value = type === 'double' ? Number(raw) : Math.trunc(Number(raw));
      const isInRange = type === 'integer' ? value === (value | 0) : Number.isFinite(value);
      if (isNumeric && isInRange) return value;
      break;
    }
  }
  throw unfit(name, type, raw);
}

/** @throws ServiceError for another dimension, and for the vector without a direction where directions are compared */
export function readVector(name: string, raw: unknown, { dimension, space }: Extract<Field, { type: 'knn_vector' }>): Float32Array {
  if (!Array.isArray(raw) || raw.some((value) => typeof value !== 'number')) throw unfit(name, 'knn_vector', raw);
  const vector = Float32Array.from(raw as number[]);
  if (vector.length !== dimension) {
    throw searchError('mapper_parsing_exception', `Vector dimension mismatch. Expected: ${dimension}, Given: ${vector.length}`);
  }
  if (vector.some((value) => !Number.isFinite(value))) throw unfit(name, 'knn_vector', raw);
  if (space === 'cosinesimil' && vector.every((value) => value === 0)) {
    throw searchError('illegal_argument_exception', 'zero vector is not supported when space type is [cosinesimil]');
  }
  return vector;
}

function readText(name: string, raw: unknown): string {
  if (typeof raw === 'object') throw unfit(name, 'text', raw);
  return String(raw);
}

function listOf(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw.filter((value) => value !== null) : [raw];
}

function unfit(name: string, type: string, raw: unknown) {
  const preview = JSON.stringify(raw)?.slice(0, 40);
  return searchError(
    'mapper_parsing_exception',
    `failed to parse field [${name}] of type [${type}]. Preview of field's value: '${preview}'`,
  );
}
