import type { ConverseStreamOutput, StopReason, TokenUsage, ToolUseBlockStart } from '@aws-sdk/client-bedrock-runtime';
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

/** Each event of one ConverseStream as the gateway's, in order; none for those that carry nothing of an answer. */
export type EventTranslator = (event: ConverseStreamOutput) => readonly ModelEvent[];

interface ToolBlock {
  /** Among the answer's tool calls. */
  readonly index: number;
  hasInput: boolean;
}

/** @param answersByTool Whether the answer is the input of the tool that the model calls, instead of text. */
export function createEventTranslator(answersByTool: boolean): EventTranslator {
  /** By their index among all content blocks. */
  const tools = new Map<number | undefined, ToolBlock>();

  function begin(blockIndex: number | undefined, start: ToolUseBlockStart): readonly ModelEvent[] {
    const { toolUseId: id, name } = start;
    if (id === undefined || name === undefined) throw interrupted('The model called a tool without an id or a name.');
    const index = tools.size;
    tools.set(blockIndex, { index, hasInput: false });
    return answersByTool ? [] : [{ type: 'tool_call', index, id, name }];
  }

  function input(tool: ToolBlock | undefined, text: string): readonly ModelEvent[] {
    if (tool === undefined || text === '') return [];
    tool.hasInput = true;
    if (!answersByTool) return [{ type: 'tool_arguments', index: tool.index, text }];
    // A model that calls the tool twice has answered with the first.
    return tool.index === 0 ? [{ type: 'text', text }] : [];
  }

  function finish(stopReason: StopReason | undefined): readonly ModelEvent[] {
    const reason = finishReasonOf(stopReason);
    const isWhole = reason === 'stop' || reason === 'tool_calls';
    if (answersByTool && isWhole && tools.size === 0) throw interrupted('The model did not answer in the schema that was asked for.');
    // Empty input is not sent at all.
    const empty = isWhole ? [...tools.values()].filter((tool) => !tool.hasInput).flatMap((tool) => input(tool, '{}')) : [];
    return [...empty, { type: 'finish', reason: answersByTool && isWhole ? 'stop' : reason }];
  }

  return (event) => {
    const { contentBlockStart, contentBlockDelta, messageStop, metadata } = event;
    if (contentBlockStart?.start?.toolUse !== undefined) return begin(contentBlockStart.contentBlockIndex, contentBlockStart.start.toolUse);
    if (contentBlockDelta !== undefined) {
      const { delta, contentBlockIndex } = contentBlockDelta;
      if (delta?.toolUse !== undefined) return input(tools.get(contentBlockIndex), delta.toolUse.input ?? '');
      // Beside a tool that has the answer, text is none of it.
      return delta?.text === undefined || delta.text === '' || answersByTool ? [] : [{ type: 'text', text: delta.text }];
    }
    if (messageStop !== undefined) return finish(messageStop.stopReason);
    const usage = metadata === undefined ? undefined : usageOf(metadata.usage);
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  };
}

function finishReasonOf(stopReason: StopReason | undefined): FinishReason {
  const reason = stopReason === undefined ? undefined : FINISH_REASONS[stopReason];
  if (reason !== undefined) return reason;
  throw interrupted(`The model stopped for a reason that is no proper end: ${stopReason ?? 'none given'}.`);
}

function interrupted(message: string): GatewayError {
  return new GatewayError('model_stream_interrupted', message);
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
