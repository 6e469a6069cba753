import { readVector, type StoredDocument } from './document';
import { failedOnShards, searchError } from './errors';
import type { Field } from './mapping';
import type { Scores } from './query';

const MAX_K = 10_000;

interface Neighbours {
  readonly vector: unknown;
  readonly k: unknown;
}

/** The `k` documents nearest to a vector, each with OpenSearch's score. Exact, where the service approximates. */
export function nearest(name: string, { vector, k }: Neighbours, field: Field, documents: readonly StoredDocument[]): Scores {
  if (field.type !== 'knn_vector') throw failedOnShards('query_shard_exception', `Field '${name}' is not knn_vector type.`);
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 1 || k > MAX_K) {
    throw searchError('illegal_argument_exception', `[knn] requires k to be in the range (0, ${MAX_K}]`);
  }
  if (!Array.isArray(vector) || vector.length !== field.dimension) {
    const length = Array.isArray(vector) ? vector.length : 0;
    throw failedOnShards('query_shard_exception', `Query vector has invalid dimension: ${length}. Dimension should be: ${field.dimension}`);
  }
  const query = readVector(name, vector, field);
  const score = field.space === 'cosinesimil' ? byDirection : byDistance;
  const scored = documents.flatMap((document) => {
    const own = document.vectors.get(name);
    return own === undefined ? [] : [[document, score(query, own)] as const];
  });
  return new Map(scored.sort(([, one], [, other]) => other - one).slice(0, k));
}

/** From 0, opposite, to 1, the same direction. */
function byDirection(one: Float32Array, other: Float32Array): number {
  return (1 + dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other))) / 2;
}

function byDistance(one: Float32Array, other: Float32Array): number {
  return 1 / (1 + dot(one, one) - 2 * dot(one, other) + dot(other, other));
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}
