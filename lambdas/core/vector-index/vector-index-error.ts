import type { JsonAnswer } from '../signed-json-call';

/** Their reasons name principals and indexes. Those of other refusals may quote what was sent, which belongs in no log. */
const TELLING = [403, 404];

/** OpenSearch refused a whole call. */
export class VectorIndexError extends Error {
  override readonly name = 'VectorIndexError';

  constructor(
    what: string,
    /** HTTP status. 403: no grant, or none in force yet; 404: no index; 429 and 5xx: later it may succeed. */
    readonly status: number,
    /** OpenSearch's type of error. */
    readonly type: string,
    reason = '',
  ) {
    super(`The vector index refused ${what}: ${status} ${type}${reason && `: ${reason}`}`);
  }
}

/** The members of an answer. @throws VectorIndexError where it is a refusal, or no JSON */
export function readAnswer(what: string, { status, text }: JsonAnswer): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new VectorIndexError(what, status, 'not_json');
  }
  if (status === 200) return answer;
  const { error } = (answer ?? {}) as { readonly error?: { readonly type?: unknown; readonly reason?: unknown } | string };
  const { type, reason } = typeof error === 'object' ? error : { type: error };
  const told = TELLING.includes(status) && typeof reason === 'string' ? reason : '';
  throw new VectorIndexError(what, status, typeof type === 'string' ? type : 'unknown', told);
}
