import { GatewayError } from '../../../core/errors';
import { type ModelEvent, type ModelStream, type NextEvents, OVER } from '../adapter';
import type { HttpResponse } from './http-client';
import { connectionError } from './provider-error';
import { ServerSentEventParser } from './sse-parser';

/** What server-sent events mean to one provider. For one answer. */
export interface AnswerReader {
  /** Whether the model had begun to answer. */
  readonly begun: boolean;
  /** Whether the answer is over: nothing that may follow is part of it. */
  readonly ended: boolean;
  /**
   * @param sent Is read until it has nothing more, or the answer is over.
   * @param events Takes what it says; what there is of it also when it throws.
   * @throws GatewayError for an error that the provider reports; whatever else is thrown is for the connection's.
   */
  read(sent: ServerSentEventParser, events: ModelEvent[]): void;
  /** The response is over, and the answer is not. Takes what is left of it, or throws as `read` does. */
  end(events: ModelEvent[]): void;
}

export interface SentAnswerOptions {
  readonly modelId: string;
  readonly signal: AbortSignal;
  readonly post: () => Promise<HttpResponse> | HttpResponse;
  /** What a caller is told of an answer that has another status than 200. */
  readonly refusalOf: (response: HttpResponse) => Promise<GatewayError>;
  readonly reader: AnswerReader;
}

/**
 * A model's answer as server-sent events: what a chunk of the network has brought is one batch of events. What came before an error is handed on
 * before it is thrown. Read by one reader who waits for each `next`; not by a generator, whose ways between two events cost more than the events (decision 0013).
 */
export class SentAnswer implements ModelStream {
  readonly #sent = new ServerSentEventParser();
  #response: HttpResponse | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #isRefused = false;
  #isOver = false;

  constructor(private readonly options: SentAnswerOptions) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws GatewayError, or the signal's reason. */
  async next(): Promise<NextEvents> {
    if (this.#isOver) return OVER;
    const { reader, post } = this.options;
    const events: ModelEvent[] = [];
    try {
      if (this.#failure !== undefined) throw this.#failure.cause;
      if (this.#response === undefined) {
        this.#response = await post();
        if (!isEventStream(this.#response)) throw await this.#refusal(this.#response);
      }
      while (events.length === 0 && !reader.ended) {
        const chunk = await this.#response.next();
        if (chunk.done) reader.end(events);
        else {
          this.#sent.write(chunk.value);
          reader.read(this.#sent, events);
        }
      }
    } catch (cause) {
      if (events.length === 0) throw this.#fail(cause);
      this.#failure = { cause };
    }
    if (this.#failure === undefined && reader.ended) this.#close(true);
    return events.length === 0 ? OVER : { done: false, value: events, isLast: this.#isOver };
  }

  return(): Promise<NextEvents> {
    if (!this.#isOver) this.#close(false);
    return Promise.resolve(OVER);
  }

  async #refusal(response: HttpResponse): Promise<Error> {
    if (response.status === 200) return noEventStream(response, this.options.modelId);
    const refusal = await this.options.refusalOf(response);
    this.#isRefused = true;
    return refusal;
  }

  #fail(cause: unknown): unknown {
    const { signal, modelId, reader } = this.options;
    // A refusal was read to its end.
    this.#close(this.#isRefused);
    if (signal.aborted) return signal.reason;
    return cause instanceof GatewayError ? cause : connectionError(cause, modelId, reader.begun);
  }

  #close(complete: boolean): void {
    this.#isOver = true;
    this.#response?.release(complete);
  }
}

function isEventStream({ status, headers }: HttpResponse): boolean {
  return status === 200 && /^text\/event-stream\b/i.test(headers['content-type'] ?? '');
}

/** What is no event stream is no answer: the page of a proxy, or of a server that does not stream. */
async function noEventStream(response: HttpResponse, modelId: string): Promise<GatewayError> {
  const type = response.headers['content-type'] ?? 'none';
  const cause = new Error(`The provider answered with content type ${type}: ${(await response.text()).slice(0, 300)}`);
  return connectionError(cause, modelId, false);
}
