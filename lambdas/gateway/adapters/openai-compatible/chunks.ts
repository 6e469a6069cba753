import type { FinishReason, ModelEvent, ModelRequest } from '../adapter';
import type { ServerSentEventParser } from '../http/sse-parser';
import { connectionError, interruptedStream, providerStreamError } from '../http/provider-error';
import { stopSequencesOf } from '../shared/stop-sequences';
import { type Choice, type Chunk, isChunk } from './chunk';
import { RepeatedChunk } from './repeated-chunk';
import { ToolCallTranslator } from './tool-call-deltas';
import { type ChunkUsage, usageOf } from './usage';

/** Reasons that are a proper end; any other is an interrupted stream. `function_call` is not asked for. */
const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
};

/** One stream's events as the gateway's, in order. */
export interface ChunkTranslator {
  /** Whether the model had begun to answer. */
  readonly begun: boolean;
  /** Whether `end` was called. */
  readonly ended: boolean;
  /** Takes what the next events say, as long as they are like one that was read but for their texts. */
  readAlike(sent: ServerSentEventParser, events: ModelEvent[]): void;
  /**
   * @param data Of one event.
   * @param events Takes what it says.
   * @throws GatewayError for an error that the provider reports, and for what is no chunk.
   */
  read(data: string, events: ModelEvent[]): void;
  /**
   * After the last event: the usage, which some providers send with every chunk, and the finish.
   *
   * @param events Takes them; what there is of them also when it throws.
   * @throws GatewayError when no finish was sent, or an answer with nothing in it.
   */
  end(events: ModelEvent[]): void;
}

export function createChunkTranslator({ model, body }: ModelRequest): ChunkTranslator {
  const modelId = model.id;
  const isAskedForLogprobs = body.logprobs === true;
  const tools = new ToolCallTranslator();
  const repeated = new RepeatedChunk();
  let begun = false;
  let ended = false;
  let hasText = false;
  let isRefusal = false;
  let reason: FinishReason | undefined;
  let usage: ChunkUsage | undefined;

  function parse(data: string): Chunk {
    let chunk: unknown;
    let cause: unknown;
    try {
      chunk = JSON.parse(data);
    } catch (error) {
      cause = error;
    }
    if (isChunk(chunk)) return chunk;
    throw connectionError(new Error('The provider sent an event that is no chat.completion.chunk.', { cause }), modelId, begun);
  }

  function readChoice({ delta, logprobs, finish_reason: given }: Choice, events: ModelEvent[]): void {
    const thought = delta?.reasoning_content || delta?.reasoning;
    if (thought) events.push({ type: 'reasoning', text: thought });
    // What a model says instead of an answer is text all the same, and ends as what was filtered does.
    if (delta?.refusal) isRefusal = true;
    say(delta?.content, events, logprobs?.content ?? undefined);
    say(delta?.refusal, events);
    for (const call of delta?.tool_calls ?? []) events.push(...tools.read(call, modelId));
    if (given) reason = finishReasonOf(given);
  }

  function say(text: string | null | undefined, events: ModelEvent[], logprobs?: readonly unknown[]): void {
    if (!text) return;
    hasText = true;
    events.push(isAskedForLogprobs && logprobs !== undefined ? { type: 'text', text, logprobs } : { type: 'text', text });
  }

  function finishReasonOf(given: string): FinishReason {
    const known = Object.hasOwn(FINISH_REASONS, given) ? FINISH_REASONS[given] : undefined;
    if (known !== undefined) return known;
    throw interruptedStream(modelId, new Error(`The model stopped for a reason that is no proper end: ${given.slice(0, 100)}.`));
  }

  function checkEnd(): FinishReason {
    if (reason === undefined) {
      const cause = new Error('The provider ended its stream without a finish reason.');
      throw connectionError(cause, modelId, begun);
    }
    if (isRefusal) return 'content_filter';
    // Some providers end with `stop` what ends with tool calls.
    if (tools.count > 0 && reason === 'stop') return 'tool_calls';
    if (tools.count === 0 && reason === 'tool_calls') throw interruptedStream(modelId, new Error('The model called no tool.'));
    // A stop sequence may well come first; nothing else makes an empty text an answer.
    const mayBeEmpty = stopSequencesOf(body) !== undefined;
    if (reason === 'stop' && !hasText && !mayBeEmpty) throw interruptedStream(modelId, new Error('The answer has nothing in it.'));
    return reason;
  }

  return {
    get begun() {
      return begun;
    },
    get ended() {
      return ended;
    },
    readAlike(sent, events) {
      const before = events.length;
      for (const text of repeated.takeTexts(sent)) say(text, events);
      begun ||= events.length > before;
    },
    read(data, events) {
      const chunk = parse(data);
      repeated.learn(data, chunk);
      if (chunk.error) throw providerStreamError(chunk.error, modelId, begun);
      if (chunk.usage) ({ usage } = chunk);
      const [choice] = chunk.choices ?? [];
      if (choice === undefined) return;
      const before = events.length;
      readChoice(choice, events);
      begun ||= events.length > before;
    },
    end(events) {
      ended = true;
      const counts = usage && usageOf(usage);
      // Before anything is thrown: an answer that is none was paid for all the same.
      if (counts !== undefined) events.push({ type: 'usage', usage: counts });
      const finish = checkEnd();
      if (finish === 'tool_calls') events.push(...tools.end());
      events.push({ type: 'finish', reason: finish });
    },
  };
}
