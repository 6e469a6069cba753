import type { FinishReason, ModelEvent, ModelRequest } from '../adapter';
import type { AnswerReader } from '../http/sent-answer';
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

/** One stream's events as the gateway's, in order. A class, and no object that is written with accessors, for what V8 makes of those (decision 0013). */
export class ChunkTranslator implements AnswerReader {
  readonly #modelId: string;
  readonly #body: ModelRequest['body'];
  readonly #tools = new ToolCallTranslator();
  readonly #repeated = new RepeatedChunk();
  #hasBegun = false;
  #hasEnded = false;
  #hasText = false;
  #isRefusal = false;
  #reason: FinishReason | undefined;
  #usage: ChunkUsage | undefined;

  constructor({ model, body }: ModelRequest) {
    this.#modelId = model.id;
    this.#body = body;
  }

  get begun(): boolean {
    return this.#hasBegun;
  }

  get ended(): boolean {
    return this.#hasEnded;
  }

  read(sent: ServerSentEventParser, events: ModelEvent[]): void {
    while (!this.#hasEnded) {
      this.#readAlike(sent, events);
      const next = sent.next();
      if (next === undefined) return;
      if (next.data === '[DONE]') this.end(events);
      else this.#readOne(next.data, events);
    }
  }

  /** Takes what the next events say, as long as they are like one that was read but for their texts. */
  #readAlike(sent: ServerSentEventParser, events: ModelEvent[]): void {
    const before = events.length;
    const texts = this.#repeated.takeTexts(sent);
    // Where nobody is shown the pieces, those that came together are one.
    if (this.#body.stream === true) for (const text of texts) this.#say(text, events);
    else if (texts.length > 0) this.#say(texts.join(''), events);
    this.#hasBegun ||= events.length > before;
  }

  /** @throws GatewayError for an error that the provider reports, and for what is no chunk. */
  #readOne(data: string, events: ModelEvent[]): void {
    const chunk = this.#parse(data);
    this.#repeated.learn(data, chunk);
    if (chunk.error) throw providerStreamError(chunk.error, this.#modelId, this.#hasBegun);
    if (chunk.usage) this.#usage = chunk.usage;
    const [choice] = chunk.choices ?? [];
    if (choice === undefined) return;
    const before = events.length;
    this.#readChoice(choice, events);
    this.#hasBegun ||= events.length > before;
  }

  /**
   * After the last event: the usage, which some providers send with every chunk, and the finish.
   *
   * @throws GatewayError when no finish was sent, or an answer with nothing in it.
   */
  end(events: ModelEvent[]): void {
    this.#hasEnded = true;
    const counts = this.#usage && usageOf(this.#usage);
    // Before anything is thrown: an answer that is none was paid for all the same.
    if (counts !== undefined) events.push({ type: 'usage', usage: counts });
    const finish = this.#checkEnd();
    if (finish === 'tool_calls') events.push(...this.#tools.end());
    events.push({ type: 'finish', reason: finish });
  }

  #parse(data: string): Chunk {
    let chunk: unknown;
    let cause: unknown;
    try {
      chunk = JSON.parse(data);
    } catch (error) {
      cause = error;
    }
    if (isChunk(chunk)) return chunk;
    const error = new Error('The provider sent an event that is no chat.completion.chunk.', { cause });
    throw connectionError(error, this.#modelId, this.#hasBegun);
  }

  #readChoice({ delta, logprobs, finish_reason: given }: Choice, events: ModelEvent[]): void {
    const thought = delta?.reasoning_content || delta?.reasoning;
    if (thought) events.push({ type: 'reasoning', text: thought });
    // What a model says instead of an answer is text all the same, and ends as what was filtered does.
    if (delta?.refusal) this.#isRefusal = true;
    this.#say(delta?.content, events, logprobs?.content ?? undefined);
    this.#say(delta?.refusal, events);
    if (delta?.tool_calls) for (const call of delta.tool_calls) events.push(...this.#tools.read(call, this.#modelId));
    if (given) this.#reason = this.#finishReasonOf(given);
  }

  #say(text: string | null | undefined, events: ModelEvent[], logprobs?: readonly unknown[]): void {
    if (!text) return;
    this.#hasText = true;
    events.push(this.#body.logprobs === true && logprobs !== undefined ? { type: 'text', text, logprobs } : { type: 'text', text });
  }

  #finishReasonOf(given: string): FinishReason {
    const known = Object.hasOwn(FINISH_REASONS, given) ? FINISH_REASONS[given] : undefined;
    if (known !== undefined) return known;
    throw interruptedStream(this.#modelId, new Error(`The model stopped for a reason that is no proper end: ${given.slice(0, 100)}.`));
  }

  #checkEnd(): FinishReason {
    const modelId = this.#modelId;
    if (this.#reason === undefined) {
      const cause = new Error('The provider ended its stream without a finish reason.');
      throw connectionError(cause, modelId, this.#hasBegun);
    }
    if (this.#isRefusal) return 'content_filter';
    // Some providers end with `stop` what ends with tool calls.
    if (this.#tools.count > 0 && this.#reason === 'stop') return 'tool_calls';
    if (this.#tools.count === 0 && this.#reason === 'tool_calls') throw interruptedStream(modelId, new Error('The model called no tool.'));
    // A stop sequence may well come first; nothing else makes an empty text an answer.
    const mayBeEmpty = stopSequencesOf(this.#body) !== undefined;
    if (this.#reason === 'stop' && !this.#hasText && !mayBeEmpty)
      throw interruptedStream(modelId, new Error('The answer has nothing in it.'));
    return this.#reason;
  }
}
