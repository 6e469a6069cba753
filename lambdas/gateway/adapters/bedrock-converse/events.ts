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

export interface EventTranslator {
  /** An event of one ConverseStream as the gateway's, in order; none for those that carry nothing of an answer. */
  translate(event: ConverseStreamOutput): readonly ModelEvent[];
  /** After the last event. @throws GatewayError `model_stream_interrupted` for what was no answer: its usage comes after its end, and was paid for. */
  end(): void;
}

/** @param answersByTool Whether the answer is the input of the tool that the model calls, instead of text. */
export function createEventTranslator(answersByTool: boolean): EventTranslator {
  const answer = new Answer(answersByTool);
  let failure: unknown;

  function translate({ contentBlockStart, contentBlockDelta, messageStop, metadata }: ConverseStreamOutput): readonly ModelEvent[] {
    if (contentBlockStart?.start?.toolUse !== undefined) {
      const { toolUseId, name } = contentBlockStart.start.toolUse;
      return answer.beginTool(contentBlockStart.contentBlockIndex, toolUseId, name);
    }
    if (contentBlockDelta !== undefined) {
      const { delta, contentBlockIndex } = contentBlockDelta;
      if (delta?.toolUse !== undefined) return answer.toolInput(contentBlockIndex, delta.toolUse.input ?? '');
      if (delta?.reasoningContent !== undefined) return answer.reasoning(delta.reasoningContent.text ?? '');
      return answer.text(delta?.text ?? '');
    }
    if (messageStop !== undefined) {
      return finish(messageStop.stopReason);
    }
    const usage = metadata === undefined ? undefined : usageOf(metadata.usage);
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  }

  function finish(stopReason: StopReason | undefined): readonly ModelEvent[] {
    try {
      return answer.finish(stopReason === undefined ? undefined : FINISH_REASONS[stopReason], stopReason);
    } catch (error) {
      failure = error;
      return [];
    }
  }

  function end(): void {
    if (failure !== undefined) throw failure;
  }

  return { translate, end };
}

function usageOf(usage: TokenUsage | undefined): Usage | undefined {
  return checkedUsage({
    inputTokens: usage?.inputTokens,
    outputTokens: usage?.outputTokens,
    cacheReadTokens: usage?.cacheReadInputTokens ?? 0,
    cacheWriteTokens: usage?.cacheWriteInputTokens ?? 0,
  });
}
