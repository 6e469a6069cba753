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

  /** All that was said, in the order that `message` takes it back. @param format Of the answer's own text. */
  texts(format: 'text' | 'json'): readonly { readonly text: string; readonly format: 'text' | 'json' }[] {
    const [text = '', reasoning = '', ...calls] = this.#said();
    return [{ text, format }, { text: reasoning, format: 'text' }, ...calls.map((call) => ({ text: call, format: 'json' as const }))];
  }

  /** @param said Other texts in their places: one for each of `texts`. */
  message(said = this.#said()): object {
    const [text = '', reasoning = '', ...calls] = said;
    const thought = reasoning === '' ? undefined : { reasoning_content: reasoning };
    if (this.#calls.length === 0) return { role: 'assistant', content: text, ...thought, refusal: null };
    const tool_calls = this.#calls.map(({ id, name }, index) => ({
      id,
      type: 'function',
      function: { name, arguments: calls[index] ?? '' },
    }));
    return { role: 'assistant', content: text === '' ? null : text, ...thought, refusal: null, tool_calls };
  }

  #said(): readonly string[] {
    return [this.#texts.join(''), this.#reasoning.join(''), ...this.#calls.map(({ pieces }) => pieces.join(''))];
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
