import { randomUUID } from 'node:crypto';
import type { ModelEvent } from '../adapter';
import { interruptedStream } from '../http/provider-error';

export interface ToolCallDelta {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null } | null;
}

interface CallState {
  /** Among the answer's tool calls. */
  readonly index: number;
  /** As the provider sent it; empty where it sent none. */
  readonly id: string;
  /** As the provider counts. */
  readonly sentIndex: number | undefined;
  hasArguments: boolean;
}

/**
 * Tool calls from the pieces that they come in. OpenAI counts them by `index`; Gemini has sent whole calls without it and without ids, and
 * others parallel calls that all have index 0: a new id or, without one, another name then begins another call.
 */
export class ToolCallTranslator {
  readonly #calls: CallState[] = [];

  get count(): number {
    return this.#calls.length;
  }

  /** @throws GatewayError for a piece of no call. */
  *read(delta: ToolCallDelta, modelId: string): Generator<ModelEvent, void> {
    const known = this.#find(delta);
    if (known === undefined) {
      const name = delta.function?.name;
      if (!name) throw interruptedStream(modelId, new Error('The model called a tool without a name.'));
      const sentId = delta.id ?? '';
      const call: CallState = { index: this.#calls.length, id: sentId, sentIndex: delta.index ?? undefined, hasArguments: false };
      this.#calls.push(call);
      yield { type: 'tool_call', index: call.index, id: sentId === '' ? `call_${randomUUID().replaceAll('-', '')}` : sentId, name };
      yield* input(call, delta);
    } else {
      yield* input(known, delta);
    }
  }

  /** Arguments that a model does not send are none. */
  *end(): Generator<ModelEvent, void> {
    for (const call of this.#calls) if (!call.hasArguments) yield { type: 'tool_arguments', index: call.index, text: '{}' };
  }

  /** The call that a piece continues; undefined where it begins one. */
  #find({ index, id, function: fn }: ToolCallDelta): CallState | undefined {
    const sameIndex = this.#calls.findLast((call) => index === undefined || index === null || call.sentIndex === index);
    if (sameIndex === undefined) return undefined;
    if (id) return sameIndex.id === id ? sameIndex : undefined;
    // A whole call without an id: what only continues one repeats no name.
    return fn?.name && sameIndex.hasArguments ? undefined : sameIndex;
  }
}

function* input(call: CallState, delta: ToolCallDelta): Generator<ModelEvent, void> {
  const text = delta.function?.arguments;
  if (!text) return;
  call.hasArguments = true;
  yield { type: 'tool_arguments', index: call.index, text };
}
