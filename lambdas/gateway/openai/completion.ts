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
  readonly #reasoning: string[] = [];
  readonly #calls: ToolCallParts[] = [];
  #logprobs: unknown[] | undefined;

  add(event: ModelEvent): void {
    if (event.type === 'text') this.#say(event);
    if (event.type === 'reasoning') this.#reasoning.push(event.text);
    if (event.type === 'tool_call') this.#calls[event.index] = { id: event.id, name: event.name, pieces: [] };
    if (event.type === 'tool_arguments') this.#calls[event.index]?.pieces.push(event.text);
  }

  #say({ text, logprobs }: Extract<ModelEvent, { type: 'text' }>): void {
    this.#texts.push(text);
    if (logprobs !== undefined) (this.#logprobs ??= []).push(...logprobs);
  }

  /** Null where none came. */
  logprobs(): object | null {
    return this.#logprobs === undefined ? null : { content: this.#logprobs, refusal: null };
  }

  message(): object {
    const text = this.#texts.join('');
    const reasoning = this.#reasoning.join('');
    const thought = reasoning === '' ? undefined : { reasoning_content: reasoning };
    if (this.#calls.length === 0) return { role: 'assistant', content: text, ...thought, refusal: null };
    const tool_calls = this.#calls.map(({ id, name, pieces }) => ({
      id,
      type: 'function',
      function: { name, arguments: pieces.join('') },
    }));
    return { role: 'assistant', content: text === '' ? null : text, ...thought, refusal: null, tool_calls };
  }
}

/** A plain answer: `chat.completion`. */
export function completionBody(
  identity: CompletionIdentity,
  collected: MessageCollector,
  finishReason: FinishReason,
  usage: WireUsage,
): object {
  return {
    id: identity.id,
    object: 'chat.completion',
    created: identity.createdSeconds,
    model: identity.model,
    choices: [{ index: 0, message: collected.message(), logprobs: collected.logprobs(), finish_reason: finishReason }],
    usage,
  };
}
