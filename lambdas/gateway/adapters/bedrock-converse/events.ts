import type { ConverseStreamOutput, StopReason, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../../core/errors';
import type { Usage } from '../../../core/usage';
import type { FinishReason, ModelEvent } from '../adapter';

const FINISH_REASONS: Readonly<Partial<Record<StopReason, FinishReason>>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  tool_use: 'tool_calls',
};

/** One event of ConverseStream as the gateway's; undefined for those that carry nothing of an answer in text. */
export function toModelEvent(event: ConverseStreamOutput): ModelEvent | undefined {
  if (event.contentBlockDelta !== undefined) {
    const text = event.contentBlockDelta.delta?.text;
    return text === undefined || text === '' ? undefined : { type: 'text', text };
  }
  if (event.messageStop !== undefined) return { type: 'finish', reason: finishReasonOf(event.messageStop.stopReason) };
  const usage = event.metadata === undefined ? undefined : usageOf(event.metadata.usage);
  return usage === undefined ? undefined : { type: 'usage', usage };
}

function finishReasonOf(stopReason: StopReason | undefined): FinishReason {
  const reason = stopReason === undefined ? undefined : FINISH_REASONS[stopReason];
  if (reason !== undefined) return reason;
  throw new GatewayError(
    'model_stream_interrupted',
    `The model stopped for a reason that is no proper end: ${stopReason ?? 'none given'}.`,
  );
}

/** More than any model takes; what is above is no count. */
const MAX_TOKENS = 1_000_000_000;

/** Counts that are no counts are as good as none: the call is then charged by estimate. */
function usageOf(usage: TokenUsage | undefined): Usage | undefined {
  const counts: Usage = {
    inputTokens: usage?.inputTokens ?? Number.NaN,
    outputTokens: usage?.outputTokens ?? Number.NaN,
    cacheReadTokens: usage?.cacheReadInputTokens ?? 0,
    cacheWriteTokens: usage?.cacheWriteInputTokens ?? 0,
  };
  return Object.values(counts).every((count) => Number.isInteger(count) && count >= 0 && count <= MAX_TOKENS) ? counts : undefined;
}
