import { GatewayError } from '../../../core/errors';

/** One vector of a provider's answer. Undefined where it is none: a number that is not finite would spoil whatever it is stored in. */
export function vectorOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite) ? (value as number[]) : undefined;
}

/** Those of an array: at least one. @throws GatewayError `model_unavailable` for anything else. */
export function vectorsOf(value: unknown, modelId: string): readonly (readonly number[])[] {
  const vectors = Array.isArray(value) ? value.map(vectorOf) : [];
  if (vectors.length > 0 && vectors.every((vector) => vector !== undefined)) return vectors;
  throw noEmbeddings(modelId, new Error('The provider’s answer has no vectors where they should be.'));
}

export function noEmbeddings(modelId: string, cause: unknown): GatewayError {
  return new GatewayError('model_unavailable', `Model \`${modelId}\` gave an answer that has no embeddings. Try again shortly.`, { cause });
}

/** Undefined for what is no count of tokens. */
export function tokensOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The caller's texts are in another member than a conversation's: an error that blames `messages` is to blame `input`. */
export function ofInput(error: GatewayError): GatewayError {
  if (error.param !== 'messages') return error;
  return new GatewayError(error.code, error.message, { param: 'input', cause: error.cause });
}
