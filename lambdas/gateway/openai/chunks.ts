import type { ErrorBody } from '../../core/errors';
import type { FinishReason } from '../adapters/adapter';
import type { CompletionIdentity } from './completion';
import type { WireUsage } from './usage';

/** What the last chunk adds to OpenAI's shape: known only at the end, so no header can say it. */
export interface CallSummary {
  readonly trace_id: string;
  readonly cost_usd: number;
  readonly overhead_ms: number;
  readonly attempts: number;
}

/** A stream's server-sent events, each rendered on its own. What does not change from chunk to chunk is rendered once. */
export interface ChunkRenderer {
  /** The first chunk. @param hasText Whether text comes next: what begins with a tool call has null as its content. */
  role(hasText: boolean): string;
  text(text: string, logprobs?: readonly unknown[]): string;
  reasoning(text: string): string;
  toolCall(index: number, id: string, name: string): string;
  toolArguments(index: number, text: string): string;
  finish(reason: FinishReason): string;
  usage(usage: WireUsage, summary: CallSummary): string;
}

export const DONE_EVENT = 'data: [DONE]\n\n';

/** The terminal event of a stream that failed. No `[DONE]` follows, so that it cannot be taken for a clean end. */
export function errorEvent(body: ErrorBody, summary: CallSummary): string {
  return `data: ${JSON.stringify({ ...body, x_blueprint: summary })}\n\n`;
}

/** @param includeUsage The caller asked for usage: then every chunk has the member, null until the last. */
export function createChunkRenderer(identity: CompletionIdentity, includeUsage: boolean): ChunkRenderer {
  const { id, createdSeconds: created, model } = identity;
  const head = `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model }).slice(0, -1)},"choices":[`;
  const tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';

  function choice(delta: string, finishReason: string, logprobs = 'null'): string {
    return `${head}{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${finishReason}}${tail}`;
  }

  function toolCall(delta: object): string {
    return choice(`{"tool_calls":[${JSON.stringify(delta)}]}`, 'null');
  }

  return {
    role: (hasText) => choice(`{"role":"assistant","content":${hasText ? '""' : 'null'},"refusal":null}`, 'null'),
    text: (text, logprobs) => choice(`{"content":${JSON.stringify(text)}}`, 'null', wireLogprobs(logprobs)),
    // A name that OpenAI does not have, and most others and their clients do.
    reasoning: (text) => choice(`{"reasoning_content":${JSON.stringify(text)}}`, 'null'),
    toolCall: (index, id, name) => toolCall({ index, id, type: 'function', function: { name, arguments: '' } }),
    toolArguments: (index, text) => toolCall({ index, function: { arguments: text } }),
    finish: (reason) => choice('{}', JSON.stringify(reason)),
    usage: (usage, summary) => `${head}],"usage":${JSON.stringify(usage)},"x_blueprint":${JSON.stringify(summary)}}\n\n`,
  };
}

function wireLogprobs(content: readonly unknown[] | undefined): string {
  return content === undefined ? 'null' : JSON.stringify({ content, refusal: null });
}
