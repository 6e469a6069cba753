import { costMicroUsd } from '../core/money';
import { NO_USAGE } from '../core/usage';
import type { ModelRequest } from './adapters/adapter';
import type { ChatMessage, ChatRequest } from './openai/request';

/** What providers wrap around a conversation and around each of its messages, at most, in tokens. */
const TOKENS_PER_CALL = 64;
const TOKENS_PER_MESSAGE = 16;
/** What they tell a model of tools and schemas in general, and around each: up to about 700 tokens of their own. */
const TOKENS_FOR_TOOLS = 1_024;
const TOKENS_PER_TOOL = 64;
/** More than any model in the catalogue makes of an image, whatever its size: the largest are about 4,800 tokens. */
const TOKENS_PER_IMAGE = 8_192;

/** UTF-8 bytes of all that a request says: no tokenizer makes more tokens of a text than it has bytes. Images apart. */
export function inputBytes({ messages, tools, response_format }: ChatRequest): number {
  const said = messages.reduce((sum, message) => sum + bytesOf(message), 0);
  return said + jsonBytes(tools) + jsonBytes(response_format?.json_schema);
}

export function imageCount({ messages }: ChatRequest): number {
  let count = 0;
  for (const { content } of messages) if (Array.isArray(content)) for (const { type } of content) count += Number(type === 'image_url');
  return count;
}

/**
 * What one attempt can cost at most, in micro-dollars: all input at the dearest of the input prices, and all output that it may generate.
 *
 * @param moreInputBytes What is added to the request, in messages of which there are no more than two.
 */
export function worstCaseCostMicroUsd(request: ModelRequest, moreInputBytes = 0): number {
  const { price } = request.model;
  const { inputTokens, outputTokens } = worstCaseTokens(request, moreInputBytes);
  const input = Math.max(price.input, price.cacheRead ?? 0, price.cacheWrite ?? 0);
  return costMicroUsd({ ...NO_USAGE, inputTokens, outputTokens }, { ...price, input });
}

/** The tokens that one attempt can take at most. */
export function worstCaseTokens(
  { body, maxTokens }: ModelRequest,
  moreInputBytes = 0,
): { readonly inputTokens: number; readonly outputTokens: number } {
  const { tools = [], messages, response_format } = body;
  const calls = messages.reduce((sum, { tool_calls = [] }) => sum + tool_calls.length, 0);
  const schemas = tools.length + (response_format?.json_schema === undefined ? 0 : 1);
  const inputTokens =
    inputBytes(body) +
    moreInputBytes +
    (moreInputBytes === 0 ? 0 : 2 * TOKENS_PER_MESSAGE) +
    TOKENS_PER_CALL +
    TOKENS_PER_MESSAGE * messages.length +
    (schemas + calls === 0 ? 0 : TOKENS_FOR_TOOLS) +
    TOKENS_PER_TOOL * (schemas + calls) +
    TOKENS_PER_IMAGE * imageCount(body);
  return { inputTokens, outputTokens: maxTokens };
}

function bytesOf({ content, tool_calls }: ChatMessage): number {
  return jsonBytes(tool_calls) + textBytes(content);
}

function textBytes(content: ChatMessage['content']): number {
  if (content === undefined) return 0;
  if (typeof content === 'string') return Buffer.byteLength(content);
  return content.reduce((sum, part) => sum + (typeof part.text === 'string' ? Buffer.byteLength(part.text) : 0), 0);
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
