import * as z from 'zod';
import { GatewayError } from '../../core/errors';
import { describeProblem } from '../describe-problem';
import { isObject, nameOf, withoutNulls } from './parse-request';
import { chatRequest } from './request';

/** The embeddings request as OpenAI's clients send it. */

const MAX_INPUTS = 2_048;

const text = z.string().min(1);

const embeddingRequest = z.looseObject({
  model: chatRequest.shape.model,
  input: z.union([text, z.array(text).min(1).max(MAX_INPUTS)]),
  dimensions: z.int().positive().optional(),
  /** Of the answer's vectors; `float` when absent. OpenAI's clients ask for `base64` and decode it themselves. */
  encoding_format: z.enum(['float', 'base64']).optional(),
  /** Ours: what the texts are embedded for, and what the call may cost at worst. */
  input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering']).optional(),
  max_cost_usd: chatRequest.shape.max_cost_usd,
  user: chatRequest.shape.user,
  metadata: chatRequest.shape.metadata,
});

export type EmbeddingBody = z.infer<typeof embeddingRequest>;
export type EmbeddingInputType = NonNullable<EmbeddingBody['input_type']>;

/**
 * Checks a parsed body. Null counts as absent.
 *
 * @throws GatewayError `invalid_request`, or `unsupported_field` for what the gateway does not know, with the field's path as `param`.
 */
export function parseEmbeddingRequest(body: unknown): EmbeddingBody {
  if (!isObject(body)) throw new GatewayError('invalid_request', `The body must be a JSON object; received ${nameOf(body)}.`);
  const candidate = withoutNulls(body);
  refuseOtherInput(candidate.input);
  const result = embeddingRequest.safeParse(candidate);
  if (!result.success) {
    const { message, param } = describeProblem(result.error, candidate);
    throw new GatewayError('invalid_request', message, { param });
  }
  const unknown = Object.keys(candidate).find((field) => !Object.hasOwn(embeddingRequest.shape, field));
  if (unknown !== undefined) {
    throw new GatewayError('unsupported_field', `\`${unknown}\` is not supported with embeddings. Leave it out.`, { param: unknown });
  }
  return result.data;
}

/** What clients do send and no text is: tokens, images. */
function refuseOtherInput(input: unknown): void {
  const first: unknown = Array.isArray(input) ? input[0] : undefined;
  if (typeof first === 'number' || Array.isArray(first)) {
    const message =
      '`input` must be text: tokens are not supported, since those of one model mean something else to another. Send strings, as by ' +
      '`check_embedding_ctx_length=False` in LangChain.';
    throw new GatewayError('unsupported_field', message, { param: 'input' });
  }
  if (isObject(first) || isObject(input)) {
    const message = '`input` must be text: images and other content are not supported. Send a string, or an array of strings.';
    throw new GatewayError('unsupported_field', message, { param: 'input' });
  }
}
