import type { FinishReason, ModelEvent } from '../adapters/adapter';
import type { WireUsage } from './usage';

/** What every chunk and every plain answer of one call says of itself. */
export interface CompletionIdentity {
  /** `chatcmpl-<call id>` */
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

interface ToolCallParts {
  readonly id: string;
  readonly name: string;
  readonly pieces: string[];
}

/** The assistant's message of a plain answer, from the events that it is streamed by. */
export class MessageCollector {
  readonly #texts: string[] = [];
  readonly #calls: ToolCallParts[] = [];

  add(event: ModelEvent): void {
    if (event.type === 'text') this.#texts.push(event.text);
    if (event.type === 'tool_call') this.#calls[event.index] = { id: event.id, name: event.name, pieces: [] };
    if (event.type === 'tool_arguments') this.#calls[event.index]?.pieces.push(event.text);
  }

  message(): object {
    const text = this.#texts.join('');
    if (this.#calls.length === 0) return { role: 'assistant', content: text, refusal: null };
    const tool_calls = this.#calls.map(({ id, name, pieces }) => ({
      id,
      type: 'function',
      function: { name, arguments: pieces.join('') },
    }));
    return { role: 'assistant', content: text === '' ? null : text, refusal: null, tool_calls };
  }
}

/** A plain answer: `chat.completion`. */
export function completionBody(identity: CompletionIdentity, message: object, finishReason: FinishReason, usage: WireUsage): object {
  return {
    id: identity.id,
    object: 'chat.completion',
    created: identity.createdSeconds,
    model: identity.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    usage,
  };
}
