import type { DecisionRecord } from '../../core/audit-record';
import { GatewayError } from '../../core/errors';
import type { GuardedPart, OutputStream, Restore } from '../../core/safety/guard';
import type { ChosenGuard } from '../../core/safety/guards';
import { mergeVerdicts, refusalOf, type Verdict } from '../../core/safety/verdict';
import type { ModelEvent, ModelEvents } from '../adapters/adapter';
import type { Violation } from '../validation/json-schema-check';
import { verdictRecords } from './verdict-records';

type Channel = 'text' | 'reasoning';

/**
 * An answer on its way from the model to the caller, through the call's safety policy: what is found is replaced or ends the answer, and the
 * caller's own values stand again where the model was shown placeholders. Text is held back while something that has begun in it may go on;
 * the arguments of a tool's call until they are whole.
 */
export class AnswerGuard {
  readonly #verdicts: Verdict[] = [];

  constructor(
    private readonly chosen: ChosenGuard,
    private readonly restore: Restore,
    /** What the answer's text is asked to be. */
    private readonly format: GuardedPart['format'],
  ) {}

  /** @throws GatewayError `content_blocked` once something is found that ends the answer; nothing is given from there on. */
  async *events(source: AsyncIterable<ModelEvents>): AsyncGenerator<ModelEvents, void> {
    const passage = new Passage(this.chosen, this.restore, this.format, this.#verdicts);
    for await (const batch of source) {
      const passed = batch.flatMap((event) => passage.push(event));
      if (passed.length > 0) yield passed;
    }
    const rest = passage.end();
    if (rest.length > 0) yield rest;
  }

  /** The same for an answer that has come as a whole. @throws GatewayError `content_blocked` */
  whole(answer: ModelEvents): ModelEvents {
    const passage = new Passage(this.chosen, this.restore, this.format, this.#verdicts);
    return [...answer.flatMap((event) => passage.push(event)), ...passage.end()];
  }

  /** What breaks a schema, in words that a model may read: what it must not be shown is a placeholder again. */
  forModel(violations: readonly Violation[]): readonly Violation[] {
    const parts = violations.flatMap(({ path, message }) => [path, message].map(asInput));
    const guarded = this.chosen.guard.input(parts, this.restore);
    return violations.map((violation, index) => {
      if (guarded.blocked) return { ...violation, path: '', message: 'does not hold' };
      return { ...violation, path: guarded.texts[2 * index] ?? '', message: guarded.texts[2 * index + 1] ?? '' };
    });
  }

  /** For the decision trail, of all that was looked at so far. */
  records(): readonly DecisionRecord[] {
    return verdictRecords(this.chosen.policyId, mergeVerdicts(this.#verdicts));
  }
}

function asInput(text: string): GuardedPart {
  return { text, origin: 'input', format: 'text', checkInjection: false };
}

/** One answer, from its first event to its last. */
class Passage {
  #open: { readonly channel: Channel; readonly stream: OutputStream } | undefined;
  readonly #arguments = new Map<number, string[]>();

  constructor(
    private readonly chosen: ChosenGuard,
    private readonly restore: Restore,
    private readonly format: GuardedPart['format'],
    private readonly verdicts: Verdict[],
  ) {}

  push(event: ModelEvent): readonly ModelEvent[] {
    switch (event.type) {
      case 'text':
      case 'reasoning':
        return this.#say(event.type, event.text);
      case 'tool_call':
        return [...this.end(), event];
      case 'tool_arguments':
        this.#argumentsOf(event.index).push(event.text);
        return [];
      case 'finish':
        return [...this.end(), event];
      case 'usage':
        return [event];
    }
  }

  /** What is still held back: nothing more of it comes. */
  end(): readonly ModelEvent[] {
    return [...this.#closeText(), ...this.#closeArguments()];
  }

  #say(channel: Channel, text: string): readonly ModelEvent[] {
    const before = this.#open?.channel === channel ? [] : this.#closeText();
    this.#open ??= { channel, stream: this.chosen.guard.outputStream(this.restore, channel === 'text' ? this.format : 'text') };
    const { stream } = this.#open;
    const out = stream.push(text);
    if (stream.blocked) throw this.#blocked(stream.verdict);
    // An empty piece says that the model thinks, where it does not show it.
    return out === '' && text !== '' ? before : [...before, { type: channel, text: out }];
  }

  #closeText(): readonly ModelEvent[] {
    if (this.#open === undefined) return [];
    const { channel, stream } = this.#open;
    this.#open = undefined;
    const rest = stream.end();
    if (stream.blocked) throw this.#blocked(stream.verdict);
    this.verdicts.push(stream.verdict);
    return rest === '' ? [] : [{ type: channel, text: rest }];
  }

  #closeArguments(): readonly ModelEvent[] {
    const calls = [...this.#arguments].map(([index, pieces]) => ({ index, text: pieces.join('') }));
    this.#arguments.clear();
    if (calls.length === 0) return [];
    const texts = calls.map(({ text }) => text);
    const guarded = this.chosen.guard.outputArguments(texts, this.restore);
    if (guarded.blocked) throw this.#blocked(guarded.verdict);
    this.verdicts.push(guarded.verdict);
    return calls.map(({ index }, at) => ({ type: 'tool_arguments', index, text: guarded.texts[at] ?? '' }));
  }

  #argumentsOf(index: number): string[] {
    let pieces = this.#arguments.get(index);
    if (pieces === undefined) this.#arguments.set(index, (pieces = []));
    return pieces;
  }

  #blocked(verdict: Verdict): GatewayError {
    this.verdicts.push(verdict);
    return new GatewayError('content_blocked', refusalOf(this.chosen.policyId, verdict));
  }
}
