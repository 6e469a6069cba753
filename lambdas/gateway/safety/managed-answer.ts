import { MAX_REQUEST_CHARACTERS } from '../../core/guardrail/apply-to-texts';
import { cutAt, tailOf } from '../../core/guardrail/cut-at';
import type { ModelEvent, ModelEvents } from '../adapters/adapter';
import { type ManagedGuard, mustStayJson } from './managed-guard';

/** What was given before and is looked at again with what follows it: most of what lies in both is within it. */
const CONTEXT_CHARACTERS = 200;
/** Of a stream, held back at most until their verdict is there: together with the context one text unit, which is what AWS charges by. */
const STREAM_WINDOW = 800;
/** Of an answer that nobody reads before its end: as few requests as it takes. */
const WHOLE_WINDOW = MAX_REQUEST_CHARACTERS - CONTEXT_CHARACTERS;

/**
 * An answer on its way from the model through the environment's guardrail: nothing of it is given before its verdict. Text is looked at in windows that
 * end between words, each with the end of the one before; the arguments of tools' calls when they are whole.
 *
 * @throws GatewayError `content_blocked`, or the Error of a guardrail that gave no verdict; nothing is given from there on.
 */
export async function* managedEvents(
  guard: ManagedGuard,
  source: AsyncIterable<ModelEvents>,
  isStream: boolean,
): AsyncGenerator<ModelEvents, void> {
  const passage = new ManagedPassage(guard, isStream ? STREAM_WINDOW : WHOLE_WINDOW);
  for await (const batch of source) {
    const passed: ModelEvent[] = [];
    for (const event of batch) passed.push(...(await passage.push(event)));
    if (passed.length > 0) yield passed;
  }
  const rest = await passage.end();
  if (rest.length > 0) yield rest;
}

/** The same for an answer that has come as a whole. @throws As `managedEvents`. */
export async function managedWhole(guard: ManagedGuard, answer: ModelEvents): Promise<ModelEvents> {
  const passed: ModelEvent[] = [];
  for await (const batch of managedEvents(guard, once(answer), false)) passed.push(...batch);
  return passed;
}

async function* once(answer: ModelEvents): AsyncGenerator<ModelEvents, void> {
  yield answer;
}

/** One answer, from its first event to its last. */
class ManagedPassage {
  #channel: 'text' | 'reasoning' = 'text';
  #pending = '';
  /** As it was given. */
  #context = '';
  readonly #arguments = new Map<number, string>();

  constructor(
    private readonly guard: ManagedGuard,
    private readonly window: number,
  ) {}

  async push(event: ModelEvent): Promise<readonly ModelEvent[]> {
    switch (event.type) {
      case 'text':
      case 'reasoning':
        return this.#say(event);
      case 'tool_arguments':
        this.#arguments.set(event.index, (this.#arguments.get(event.index) ?? '') + event.text);
        return [];
      case 'tool_call':
      case 'finish':
        return [...(await this.end()), event];
      case 'usage':
        return [event];
    }
  }

  /** What is still held back: nothing more of it comes. */
  async end(): Promise<readonly ModelEvent[]> {
    return [...(await this.#closeText()), ...(await this.#closeArguments())];
  }

  async #say(event: ModelEvent & { readonly type: 'text' | 'reasoning' }): Promise<readonly ModelEvent[]> {
    const { type, text } = event;
    // An empty piece says that the model thinks, where it does not show it.
    if (text === '') return [event];
    const passed: ModelEvent[] = [];
    if (type !== this.#channel) {
      passed.push(...(await this.#closeText()));
      this.#channel = type;
    }
    this.#pending += text;
    while (this.#pending.length > this.window) passed.push(await this.#pass(cutAt(this.#pending, this.window)));
    return passed;
  }

  async #closeText(): Promise<readonly ModelEvent[]> {
    const passed = this.#pending === '' ? [] : [await this.#pass(this.#pending.length)];
    this.#context = '';
    return passed;
  }

  async #pass(end: number): Promise<ModelEvent> {
    const text = this.#context + this.#pending.slice(0, end);
    // White space alone cannot be sent, and has nothing to be looked at.
    const verdict = text.trim() === '' ? { blocked: false as const, texts: [text] } : await this.guard.output([text]);
    if (verdict.blocked) throw this.guard.refusal('answered');
    const [seen = ''] = verdict.texts;
    if (!seen.startsWith(this.#context)) {
      this.guard.blockOverlap();
      throw this.guard.refusal('answered');
    }
    const given = seen.slice(this.#context.length);
    this.#pending = this.#pending.slice(end);
    this.#context = tailOf(seen, CONTEXT_CHARACTERS);
    return { type: this.#channel, text: given };
  }

  async #closeArguments(): Promise<readonly ModelEvent[]> {
    const calls = [...this.#arguments];
    this.#arguments.clear();
    const said = calls.flatMap(([, text]) => (text.trim() === '' ? [] : [text]));
    if (said.length === 0) return calls.map(([index, text]) => ({ type: 'tool_arguments', index, text }));
    const verdict = await this.guard.output(said);
    if (verdict.blocked) throw this.guard.refusal('answered');
    let next = 0;
    return calls.map(([index, text]) => {
      const seen = text.trim() === '' ? text : (verdict.texts[next++] ?? '');
      mustStayJson(text, seen);
      return { type: 'tool_arguments', index, text: seen };
    });
  }
}
