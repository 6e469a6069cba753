import type { EmbeddingModelEntry, ModelEntry } from '../../core/platform';
import type { Usage } from '../../core/usage';
import type { EmbeddingInputType } from '../openai/embedding-request';
import type { ChatRequest } from '../openai/request';

/** One call of one model. */
export interface ModelRequest {
  readonly model: ModelEntry;
  /** Every model of the environment: a refusal names those that could. */
  readonly offered: readonly ModelEntry[];
  readonly body: ChatRequest;
  /** What the model may generate at most: the caller's limit, else the model's. Always sent, so that the worst case holds. */
  readonly maxTokens: number;
}

export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

/** What a model's stream consists of, whatever the provider. */
export type ModelEvent =
  /** `logprobs` are of this text's tokens, as callers receive them, where they were asked for. */
  | { readonly type: 'text'; readonly text: string; readonly logprobs?: readonly unknown[] }
  /** What the model thinks before it answers: no part of the answer. Empty where the provider does not show it. */
  | { readonly type: 'reasoning'; readonly text: string }
  /** A tool call begins. `index` counts the answer's tool calls from 0. */
  | { readonly type: 'tool_call'; readonly index: number; readonly id: string; readonly name: string }
  /** A piece of its arguments; the pieces together are the JSON of an object. */
  | { readonly type: 'tool_arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: Usage };

/** Events that came together, in order: at least one. What a chunk of the network brought is handed on in one piece. */
export type ModelEvents = readonly ModelEvent[];

/** What comes next in a stream. With the last events it may be said that nothing follows them: whoever reads it need not ask once more. */
export type NextEvents = (IteratorYieldResult<ModelEvents> & { readonly isLast?: boolean }) | IteratorReturnResult<void>;

/** An answer on its way to its one reader: what comes next is made when it is asked for. Whoever leaves before the end says so by `return`. */
export interface ModelStream extends AsyncIterableIterator<ModelEvents, void> {
  next(): Promise<NextEvents>;
  return(value?: void): Promise<NextEvents>;
}

export interface ModelEventIterator extends AsyncIterator<ModelEvents, void> {
  next(): Promise<NextEvents>;
}

/** A stream that has no reader yet. */
export interface ModelEventSource {
  [Symbol.asyncIterator](): ModelEventIterator;
}

/** What the iterator of a stream answers that is over. */
export const OVER: IteratorReturnResult<void> = { done: true, value: undefined };

/** One call of a model that makes vectors of texts. */
export interface EmbeddingRequest {
  readonly model: EmbeddingModelEntry;
  /** At least one, and no more than the model takes in one call. */
  readonly texts: readonly string[];
  /** How many numbers each vector is to have: one of the model's. */
  readonly dimensions: number;
  /** Undefined: the texts are to be found, not to find by. */
  readonly inputType: EmbeddingInputType | undefined;
}

export interface EmbeddingAnswer {
  /** One for each text, in their order. */
  readonly vectors: readonly (readonly number[])[];
  /** As the provider counted them; undefined where it says nothing. */
  readonly inputTokens: number | undefined;
}

/** One provider's API. */
export interface ModelAdapter {
  /**
   * Whether the request can be honoured in full. No I/O.
   *
   * @throws GatewayError `unsupported_field` naming what cannot be honoured, or `invalid_request` for what the provider would refuse.
   */
  check(request: ModelRequest): void;
  /**
   * Calls the model; nothing is sent before the first event is asked for. A stream that ends without a `finish` was cut. `usage` may be
   * missing. Throws GatewayError; when the signal aborts, promptly, with the signal's reason.
   */
  stream(request: ModelRequest, signal: AbortSignal): ModelEventSource;
  /**
   * Makes vectors of texts; absent where the provider has no models for it. Throws GatewayError; when the signal aborts, promptly, with the
   * signal's reason.
   */
  embed?(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingAnswer>;
}

/** Adapters by the provider's name in `platform.json`. */
export type ModelAdapters = Readonly<Record<string, ModelAdapter>>;
