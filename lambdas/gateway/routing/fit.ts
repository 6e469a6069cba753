import { GatewayError } from '../../core/errors';
import type { ModelEntry } from '../../core/platform';
import type { ModelRequest } from '../adapters/adapter';
import { imageCount, inputBytes } from '../worst-case';

/** English has about four bytes to a token: by this the router chooses. */
export const USUAL_BYTES_PER_TOKEN = 4;
/** No text that people write has more: by this a model that was named is refused; the rest is the provider's to judge. */
export const MOST_BYTES_PER_TOKEN = 8;
/** Of an image as large as most models see it. */
const TOKENS_PER_IMAGE = 1_600;

/** @throws GatewayError `context_length_exceeded`, with the counts, for a request that is longer than the model's context window. */
export function checkWindow({ model, body }: ModelRequest, bytesPerToken: number): void {
  const bytes = inputBytes(body);
  const images = imageCount(body);
  const input = Math.ceil(bytes / bytesPerToken) + images * TOKENS_PER_IMAGE;
  const output = body.max_completion_tokens ?? body.max_tokens ?? 1;
  if (input + output <= model.contextWindowTokens) return;
  const said = `${bytes} bytes${images === 0 ? '' : ` and ${images} images`}, about ${input} tokens, and ${output} for the answer`;
  throw new GatewayError(
    'context_length_exceeded',
    `The request is too long for model \`${model.id}\`: ${said}; its context window has ${model.contextWindowTokens}.`,
    { param: 'messages' },
  );
}

/** The caller's limit, else the model's. @throws GatewayError `invalid_request` for more than the model generates. */
export function maxTokensOf(body: ModelRequest['body'], model: ModelEntry): number {
  const asked = body.max_completion_tokens ?? body.max_tokens ?? model.maxOutputTokens;
  if (asked <= model.maxOutputTokens) return asked;
  const param = body.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
  const limit = `Model \`${model.id}\` generates at most ${model.maxOutputTokens} tokens; \`${param}\` asks for ${asked}.`;
  throw new GatewayError('invalid_request', limit, { param });
}
