import type { FinishReason, ModelEvent } from '../adapter';
import type { AnswerReader } from '../http/sent-answer';
import type { ServerSentEvent, ServerSentEventParser } from '../http/sse-parser';
import { Answer, interrupted } from '../shared/answer';
import { checkedUsage } from '../shared/usage-counts';
import { eventError, type Wire } from './errors';

/** `pause_turn` ends turns with the provider's own tools, which are never sent. */
const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
  ['tool_use', 'tool_calls'],
]);

/** One answer's stream as the gateway's events. */
export class EventTranslator implements AnswerReader {
  readonly #answer: Answer;
  #usage: Wire = {};
  #stopReason: unknown;
  #begun = false;
  #ended = false;

  /** @param answersByTool Whether the answer is the input of the tool that the model calls, instead of text. */
  constructor(
    private readonly modelId: string,
    answersByTool: boolean,
  ) {
    this.#answer = new Answer(answersByTool);
  }

  get begun(): boolean {
    return this.#begun;
  }

  get ended(): boolean {
    return this.#ended;
  }

  read(sent: ServerSentEventParser, events: ModelEvent[]): void {
    while (!this.#ended) {
      const next = sent.next();
      if (next === undefined) return;
      const event = wireOf(next);
      if (event.type === 'error') throw eventError(event, this.modelId, this.#begun);
      const said = this.#translate(event);
      if (said.length > 0) this.#begun = true;
      events.push(...said);
    }
  }

  end(): never {
    throw new Error('The stream ended without `message_stop`.');
  }

  /**
   * What an event says of the answer, in order; nothing for those that carry nothing of it: pings, signatures, kinds that are not known.
   *
   * @throws GatewayError `model_stream_interrupted` for what is no proper answer.
   */
  #translate(event: Wire): readonly ModelEvent[] {
    switch (event.type) {
      case 'message_start':
        this.#usage = objectIn(objectIn(event.message).usage);
        return [];
      case 'content_block_start':
        return this.#begin(event.index, objectIn(event.content_block));
      case 'content_block_delta':
        return this.#continue(event.index, objectIn(event.delta));
      case 'message_delta':
        this.#stopReason = objectIn(event.delta).stop_reason ?? this.#stopReason;
        return this.#count(objectIn(event.usage));
      case 'message_stop':
        this.#ended = true;
        return this.#answer.finish(
          FINISH_REASONS.get(this.#stopReason),
          typeof this.#stopReason === 'string' ? this.#stopReason : undefined,
        );
      default:
        return [];
    }
  }

  #begin(index: unknown, block: Wire): readonly ModelEvent[] {
    if (block.type === 'tool_use') return this.#answer.beginTool(indexIn(index), nameIn(block.id), nameIn(block.name));
    // Also where what is thought is not shown, or is sealed: it is charged.
    if (block.type === 'thinking' || block.type === 'redacted_thinking') return this.#answer.reasoning('');
    return block.type === 'text' ? this.#answer.text(textIn(block.text)) : [];
  }

  #continue(index: unknown, delta: Wire): readonly ModelEvent[] {
    switch (delta.type) {
      case 'text_delta':
        return this.#answer.text(textIn(delta.text));
      case 'thinking_delta':
        return this.#answer.reasoning(textIn(delta.thinking));
      case 'input_json_delta':
        return this.#answer.toolInput(indexIn(index), textIn(delta.partial_json));
      default:
        return [];
    }
  }

  /** Counts are cumulative. The end has those of the output for certain, the others perhaps at the start alone. */
  #count(final: Wire): readonly ModelEvent[] {
    const counted = Object.entries(final).filter(([, count]) => count !== null);
    this.#usage = { ...this.#usage, ...Object.fromEntries(counted) };
    const usage = checkedUsage({
      inputTokens: this.#usage.input_tokens,
      outputTokens: final.output_tokens,
      cacheReadTokens: this.#usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: this.#usage.cache_creation_input_tokens ?? 0,
    });
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  }
}

/** @throws SyntaxError for what is no JSON. */
function wireOf({ event, data }: ServerSentEvent): Wire {
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed !== 'object' || parsed === null) throw new Error('The provider sent an event that is no object.');
  return { type: event, ...parsed };
}

function objectIn(value: unknown): Wire {
  return typeof value === 'object' && value !== null ? (value as Wire) : {};
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  throw interrupted('The model sent an event without the text that it is for.');
}

function indexIn(value: unknown): number {
  if (typeof value === 'number') return value;
  throw interrupted('The model sent an event without the index of its block.');
}
