import type { ModelEntry } from '../../core/platform';
import type { Usage } from '../../core/usage';
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
  | { readonly type: 'text'; readonly text: string }
  /** A tool call begins. `index` counts the answer's tool calls from 0. */
  | { readonly type: 'tool_call'; readonly index: number; readonly id: string; readonly name: string }
  /** A piece of its arguments; the pieces together are the JSON of an object. */
  | { readonly type: 'tool_arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly usage: Usage };

/** Events that came together, in order: at least one. What a chunk of the network brought is handed on in one piece. */
export type ModelEvents = readonly ModelEvent[];

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
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvents>;
}

/** Adapters by the provider's name in `platform.json`. */
export type ModelAdapters = Readonly<Record<string, ModelAdapter>>;
