import type { DecisionRecord } from '../../core/audit-record';
import { GatewayError } from '../../core/errors';
import type { GuardedPart, OutputStream, Restore } from '../../core/safety/guard';
import type { ChosenGuard } from '../../core/safety/guards';
import type { AnswerRecorder } from '../run-tally';
import { MessageCollector } from '../openai/completion';
import { mergeVerdicts, refusalOf, type Verdict } from '../../core/safety/verdict';
import type { ModelEvent, ModelEvents } from '../adapters/adapter';
import type { Violation } from '../validation/json-schema-check';
import type { StageTimes } from '../stage-times';
import { verdictRecords } from './verdict-records';

type Channel = 'text' | 'reasoning';

/**
 * An answer on its way from the model to the caller, through the call's safety policy: what is found is replaced or ends the answer, and the
 * caller's own values stand again where the model was shown placeholders. Text is held back while something that has begun in it may go on;
 * the arguments of a tool's call until they are whole.
 */
export class AnswerGuard {
  readonly #verdicts: Verdict[] = [];
  #isRecorded = false;
  /** As the model wrote it. */
  #written = new MessageCollector();
  #isWhole = false;

  constructor(
    private readonly chosen: ChosenGuard,
    private readonly restore: Restore,
    /** What the answer's text is asked to be. */
    private readonly format: GuardedPart['format'],
  ) {}

  /** @throws GatewayError `content_blocked` once something is found that ends the answer; nothing is given from there on. */
  async *events(source: AsyncIterable<ModelEvents>, stages: Pick<StageTimes, 'during'>): AsyncGenerator<ModelEvents, void> {
    const passage = this.#begin();
    for await (const batch of source) {
      this.#note(batch);
      const passed = stages.during('guard_output', () => batch.flatMap((event) => passage.push(event)));
      if (passed.length > 0) yield passed;
    }
    const rest = stages.during('guard_output', () => passage.end());
    if (rest.length > 0) yield rest;
  }

  /** The same for an answer that has come as a whole. @throws GatewayError `content_blocked` */
  whole(answer: ModelEvents): ModelEvents {
    const passage = this.#begin();
    this.#note(answer);
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

  /** The answer, for records: what the caller sees, but with placeholders for the caller's own values. Called before the answer comes. */
  recorder(): AnswerRecorder {
    this.#isRecorded = true;
    return { message: () => this.#recorded() };
  }

  #begin(): Passage {
    this.#written = new MessageCollector();
    this.#isWhole = false;
    return new Passage(this.chosen, this.restore, this.format, this.#verdicts);
  }

  #note(events: ModelEvents): void {
    if (!this.#isRecorded) return;
    for (const event of events) {
      this.#written.add(event);
      if (event.type === 'finish') this.#isWhole = true;
    }
  }

  /** Undefined for an answer that was blocked, or was cut: what its end began to say cannot be told. */
  #recorded(): object | undefined {
    if (!this.#isWhole) return undefined;
    const texts = this.#written.texts(this.format);
    const guarded = this.chosen.guard.outputForRecords(texts, this.restore);
    return guarded.blocked ? undefined : this.#written.message(guarded.texts);
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
  /** Pieces of JSON: what its strings say is only seen when it is whole. */
  readonly #json: string[] = [];
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
    return [...this.#closeText(), ...this.#closeJson(), ...this.#closeArguments()];
  }

  #say(channel: Channel, text: string): readonly ModelEvent[] {
    if (channel === 'text' && this.format === 'json') {
      this.#json.push(text);
      return [];
    }
    const before = this.#open?.channel === channel ? [] : this.#closeText();
    this.#open ??= { channel, stream: this.chosen.guard.outputStream(this.restore) };
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

  #closeJson(): readonly ModelEvent[] {
    const text = this.#json.splice(0).join('');
    return text === '' ? [] : this.#passed([text]).map((passed) => ({ type: 'text', text: passed }));
  }

  #closeArguments(): readonly ModelEvent[] {
    const calls = [...this.#arguments].map(([index, pieces]) => ({ index, text: pieces.join('') }));
    this.#arguments.clear();
    const passed = this.#passed(calls.map(({ text }) => text));
    return calls.map(({ index }, at) => ({ type: 'tool_arguments', index, text: passed[at] ?? '' }));
  }

  #passed(texts: readonly string[]): readonly string[] {
    if (texts.length === 0) return [];
    const guarded = this.chosen.guard.output(
      texts.map((text) => ({ text, format: 'json' })),
      this.restore,
    );
    if (guarded.blocked) throw this.#blocked(guarded.verdict);
    this.verdicts.push(guarded.verdict);
    return guarded.texts;
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
