import { costMicroUsd } from '../core/money';
import { NO_USAGE } from '../core/usage';
import type { ModelRequest } from './adapters/adapter';
import type { ChatRequest } from './openai/request';

/** What providers wrap around a conversation and around each of its messages, at most, in tokens. */
const TOKENS_PER_CALL = 64;
const TOKENS_PER_MESSAGE = 16;

/** UTF-8 bytes of a request's texts: no tokenizer makes more tokens of a text than it has bytes. */
export function inputBytes(body: ChatRequest): number {
  return body.messages.reduce((sum, { content }) => sum + bytesOf(content), 0);
}

/** What a call can cost at most, in micro-dollars: all input at the dearest of the input prices, and all output that it may generate. */
export function worstCaseCostMicroUsd({ model, body, maxTokens }: ModelRequest): number {
  const { price } = model;
  const inputTokens = inputBytes(body) + TOKENS_PER_CALL + TOKENS_PER_MESSAGE * body.messages.length;
  const input = Math.max(price.input, price.cacheRead ?? 0, price.cacheWrite ?? 0);
  return costMicroUsd({ ...NO_USAGE, inputTokens, outputTokens: maxTokens }, { ...price, input });
}

function bytesOf(content: ChatRequest['messages'][number]['content']): number {
  if (content === undefined) return 0;
  if (typeof content === 'string') return Buffer.byteLength(content);
  return content.reduce((sum, part) => sum + (typeof part.text === 'string' ? Buffer.byteLength(part.text) : 0), 0);
}
