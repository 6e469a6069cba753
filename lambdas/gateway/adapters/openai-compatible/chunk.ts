import type { ToolCallDelta } from './tool-call-deltas';
import type { ChunkUsage } from './usage';

/** As much of a `chat.completion.chunk` as is read. */
export interface Chunk {
  readonly choices?: readonly Choice[] | null;
  readonly usage?: ChunkUsage | null;
  readonly error?: unknown;
}

export interface Choice {
  readonly delta?: Delta | null;
  readonly logprobs?: { readonly content?: readonly unknown[] | null } | null;
  readonly finish_reason?: string | null;
}

interface Delta {
  readonly content?: string | null;
  readonly refusal?: string | null;
  /** What the model thinks, by the names that servers have for it. */
  readonly reasoning_content?: string | null;
  readonly reasoning?: string | null;
  readonly tool_calls?: readonly ToolCallDelta[] | null;
}

/** By hand: a schema library would take longer over a chunk than all the rest of its way through the gateway. */
export function isChunk(value: unknown): value is Chunk {
  return isObject(value) && isListOf(value.choices, isChoice) && isAbsentOr(value.usage, isUsage);
}

function isChoice(value: unknown): value is Choice {
  return isObject(value) && isAbsentOr(value.delta, isDelta) && isAbsentOr(value.logprobs, isLogprobs) && isText(value.finish_reason);
}

function isDelta(value: unknown): value is Delta {
  return (
    isObject(value) &&
    isText(value.content) &&
    isText(value.refusal) &&
    isText(value.reasoning_content) &&
    isText(value.reasoning) &&
    isListOf(value.tool_calls, isToolCall)
  );
}

function isLogprobs(value: unknown): boolean {
  return isObject(value) && isListOf(value.content, isObject);
}

function isToolCall(value: unknown): value is ToolCallDelta {
  return isObject(value) && isAbsentOr(value.index, isIndex) && isText(value.id) && isAbsentOr(value.function, isFunction);
}

function isFunction(value: unknown): boolean {
  return isObject(value) && isText(value.name) && isText(value.arguments);
}

function isUsage(value: unknown): value is ChunkUsage {
  return (
    isObject(value) &&
    isAbsentOr(value.prompt_tokens, Number.isFinite) &&
    isAbsentOr(value.completion_tokens, Number.isFinite) &&
    isAbsentOr(value.total_tokens, Number.isFinite) &&
    isAbsentOr(value.prompt_tokens_details, isTokenDetails)
  );
}

function isTokenDetails(value: unknown): boolean {
  return isObject(value) && isAbsentOr(value.cached_tokens, Number.isFinite);
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsentOr(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || isRight(value);
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isListOf(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isRight));
}
