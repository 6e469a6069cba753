import type { ConverseStreamOutput, StopReason, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type { Usage } from '../../../core/usage';
import type { FinishReason, ModelEvent } from '../adapter';
import { Answer } from '../shared/answer';
import { checkedUsage } from '../shared/usage-counts';

const FINISH_REASONS: Readonly<Partial<Record<StopReason, FinishReason>>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  tool_use: 'tool_calls',
};

/** Each event of one ConverseStream as the gateway's, in order; none for those that carry nothing of an answer. */
export type EventTranslator = (event: ConverseStreamOutput) => readonly ModelEvent[];

/** @param answersByTool Whether the answer is the input of the tool that the model calls, instead of text. */
export function createEventTranslator(answersByTool: boolean): EventTranslator {
  const answer = new Answer(answersByTool);

  return ({ contentBlockStart, contentBlockDelta, messageStop, metadata }) => {
    if (contentBlockStart?.start?.toolUse !== undefined) {
      const { toolUseId, name } = contentBlockStart.start.toolUse;
      return answer.beginTool(contentBlockStart.contentBlockIndex, toolUseId, name);
    }
    if (contentBlockDelta !== undefined) {
      const { delta, contentBlockIndex } = contentBlockDelta;
      if (delta?.toolUse !== undefined) return answer.toolInput(contentBlockIndex, delta.toolUse.input ?? '');
      return answer.text(delta?.text ?? '');
    }
    if (messageStop !== undefined) {
      const { stopReason } = messageStop;
      return answer.finish(stopReason === undefined ? undefined : FINISH_REASONS[stopReason], stopReason);
    }
    const usage = metadata === undefined ? undefined : usageOf(metadata.usage);
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  };
}

function usageOf(usage: TokenUsage | undefined): Usage | undefined {
  return checkedUsage({
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    cacheReadTokens: usage?.cacheReadInputTokens ?? 0,
    cacheWriteTokens: usage?.cacheWriteInputTokens ?? 0,
  });
}
