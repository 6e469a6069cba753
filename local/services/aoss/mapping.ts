import { isJsonObject } from '../json-protocol';
import { notEmulated, searchError } from './errors';

/** How a vector's likeness is measured. `l2` is the service's own choice where the mapping names none. */
export type Space = 'l2' | 'cosinesimil';

export type Field =
  | { readonly type: 'text' | 'keyword' | 'integer' | 'long' | 'double' | 'boolean' | 'date' }
  | { readonly type: 'knn_vector'; readonly dimension: number; readonly space: Space };

export type Mapping = ReadonlyMap<string, Field>;

const PLAIN_TYPES = ['text', 'keyword', 'integer', 'long', 'double', 'boolean', 'date'] as const;
const MAX_DIMENSION = 16_000;

/**
 * The fields of an index, from the body of its creation.
 *
 * @throws ServiceError for what the service refuses (an engine of one's own among it) or the emulator does not know
 */
export function readMapping(mappings: unknown): Mapping {
  const { properties = {}, ...rest } = isJsonObject(mappings) ? mappings : {};
  refuseOthers(rest, [], 'mappings');
  if (!isJsonObject(properties)) throw invalid('mappings.properties must be an object.');
  return new Map(Object.entries(properties).map(([name, field]) => [name, readField(name, field)]));
}

function readField(name: string, field: unknown): Field {
  if (!isJsonObject(field)) throw invalid(`Expected map for property [${name}].`);
  const { type, ...rest } = field;
  if (type === 'knn_vector') return readVectorField(name, rest);
  const plain = PLAIN_TYPES.find((known) => known === type);
  if (plain === undefined) throw notEmulated(`the type ${String(type)} of the field ${name}`);
  refuseOthers(rest, [], `field ${name}`);
  return { type: plain };
}

function readVectorField(name: string, field: Readonly<Record<string, unknown>>): Field {
  const { dimension, space_type: space, method = {}, ...rest } = field;
  refuseOthers(rest, [], `field ${name}`);
  if (!isJsonObject(method)) throw invalid(`method of [${name}] must be an object.`);
  if ('engine' in method) {
    throw searchError(
      'illegal_argument_exception',
      `Engine of field [${name}] cannot be chosen: the service does. Leave method.engine out.`,
    );
  }
  const { space_type: inMethod, ...otherMethod } = method;
  refuseOthers(otherMethod, ['name', 'parameters'], `method of ${name}`);
  if (typeof dimension !== 'number' || !Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION) {
    throw invalid(`Dimension value must be a whole number from 1 to ${MAX_DIMENSION} for vector: ${name}`);
  }
  const chosen = space ?? inMethod ?? 'l2';
  if (chosen !== 'l2' && chosen !== 'cosinesimil') throw notEmulated(`the space ${String(chosen)} of the field ${name}`);
  return { type: 'knn_vector', dimension, space: chosen };
}

function refuseOthers(given: object, known: readonly string[], where: string): void {
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other !== undefined) throw notEmulated(`${other} in ${where}`);
}

function invalid(reason: string) {
  return searchError('mapper_parsing_exception', reason);
}
