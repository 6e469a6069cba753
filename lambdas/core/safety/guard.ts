import { detectors } from './detectors';
import { injectionScore } from './injection/injection-score';
import { escapeForJson, isJson, mapJsonStrings } from './json-strings';
import { Redactor } from './redactor';
import { ruleFinders } from './content-rules';
import { actionsOf, type Direction, type SafetyPolicy } from './safety-policy';
import { FilterPlan, TextFilter } from './text-filter';
import { Findings, type Verdict } from './verdict';

/** One text of a call: a message, a part of one, the arguments or the result of a tool. */
export interface GuardedPart {
  readonly text: string;
  /** Who wrote it: the caller, or a document, tool or page. */
  readonly origin: 'input' | 'retrieved';
  /** `json`: strings are looked at as they read, and stay strings. What is not JSON after all is looked at as text. */
  readonly format: 'text' | 'json';
  /** Whether it is looked at for injections: not what the platform's own operators wrote, whose instructions are meant. */
  readonly checkInjection: boolean;
}

/** What may go on, or why nothing does: of a call that is blocked there are no texts. */
export type Guarded =
  | { readonly blocked: false; readonly verdict: Verdict; readonly texts: readonly string[]; readonly restore: Restore }
  | { readonly blocked: true; readonly verdict: Verdict };

/** What stands behind the placeholders of one call. Kept in memory for its answer alone; it shows no value when it is printed or serialised. */
export type Restore = Pick<Redactor, 'toJSON'>;

/** One text of an answer. */
export type OutputText = Pick<GuardedPart, 'text' | 'format'>;

/** An answer on its way to the caller. */
export interface OutputStream {
  /** What of the text so far is certain. Empty once it is blocked: the model need not be asked for more. */
  push(text: string): string;
  /** The rest, when the model has ended. */
  end(): string;
  readonly blocked: boolean;
  /** Of what has come so far. */
  readonly verdict: Verdict;
}

/** The policy of an environment, ready to use: made once, for all calls. */
export interface Guard {
  /**
   * Looks at what goes to a model.
   *
   * @param restore Of an earlier step of the same call, where there is one: placeholders go on from there.
   */
  input(parts: readonly GuardedPart[], restore?: Restore): Guarded;
  /** Whether anything of an answer could come out changed. Where not, it need not be given to the guard. */
  readsOutput(restore: Restore): boolean;
  /** For one stream of text: each choice of an answer has its own. */
  outputStream(restore: Restore): OutputStream;
  /** Texts of an answer that are there as a whole. */
  output(texts: readonly OutputText[], restore: Restore): Guarded;
  /** The same as records may have them: the caller's values stay placeholders. */
  outputForRecords(texts: readonly OutputText[], restore: Restore): Guarded;
}

/** @param policy One that `safetyPolicy` has accepted. */
export function createGuard(policy: SafetyPolicy): Guard {
  const plans = { input: planOf(policy, 'input'), retrieved: planOf(policy, 'retrieved'), output: planOf(policy, 'output') };
  return {
    input(parts, restore = new Redactor()) {
      const redactor = redactorOf(restore);
      const findings = new Findings();
      const texts = parts.map((part) => {
        checkInjection(policy, part, findings);
        const restorable = part.origin === 'input' && policy.input.restore;
        const filterOf = (contextUnits: number) =>
          new TextFilter(plans[part.origin], redactor, findings, { placeholders: 'escape', restorable, countOn: true, contextUnits });
        return part.format === 'json' ? filterJson(part.text, filterOf) : whole(part.text, filterOf(0));
      });
      return result(findings, texts, redactor);
    },
    readsOutput: (restore) => plans.output.looksForAnything || redactorOf(restore).canRestore,
    outputStream(restore) {
      const findings = new Findings();
      const filter = new TextFilter(plans.output, redactorOf(restore), findings, {
        placeholders: 'restore',
        restorable: false,
        countOn: false,
      });
      return new FilteredStream(filter, findings);
    },
    output: (texts, restore) => outputWith('restore', texts, restore),
    outputForRecords: (texts, restore) => outputWith('keep', texts, restore),
  };

  function outputWith(placeholders: 'restore' | 'keep', texts: readonly OutputText[], restore: Restore): Guarded {
    const redactor = redactorOf(restore);
    const findings = new Findings();
    const filterOf: FilterOf = (contextUnits, encode) =>
      new TextFilter(plans.output, redactor, findings, {
        placeholders,
        restorable: false,
        countOn: true,
        contextUnits,
        ...(encode && { encode }),
      });
    return result(
      findings,
      texts.map(({ text, format }) => (format === 'json' ? filterJson(text, filterOf) : whole(text, filterOf(0)))),
      redactor,
    );
  }
}

class FilteredStream implements OutputStream {
  constructor(
    private readonly filter: TextFilter,
    private readonly findings: Findings,
  ) {}

  push(text: string): string {
    return this.filter.push(text);
  }

  end(): string {
    return this.filter.end();
  }

  get blocked(): boolean {
    return this.filter.blocked;
  }

  get verdict(): Verdict {
    return this.findings.toVerdict();
  }
}

function planOf(policy: SafetyPolicy, direction: Direction): FilterPlan {
  return new FilterPlan(direction, actionsOf(policy, direction), detectors, ruleFinders(policy.rules, direction));
}

function checkInjection(policy: SafetyPolicy, { origin, text, checkInjection }: GuardedPart, findings: Findings): void {
  const check = policy.injection[origin];
  if (check === undefined || !checkInjection || injectionScore(text) < check.threshold) return;
  findings.add({ policy: 'injection', name: 'prompt_injection', direction: origin, action: check.action });
}

type FilterOf = (contextUnits: number, encode?: (value: string) => string) => TextFilter;

/** Strings of JSON in strings of JSON: deeper ones are looked at as they stand. */
const MAX_JSON_DEPTH = 3;

/** A value is looked at after its key, which may say what it is: `{"api_key": "…"}`; one that is JSON itself as that reads. */
function filterJson(text: string, filterOf: FilterOf, depth = 0): string {
  if (!isJson(text)) return whole(text, filterOf(0, escapeForJson));
  return mapJsonStrings(text, (value, key) => {
    if (depth < MAX_JSON_DEPTH && /^\s*[[{]/.test(value) && isJson(value)) return filterJson(value, filterOf, depth + 1);
    const context = key === undefined ? '' : `${key}: `;
    return whole(context + value, filterOf(context.length));
  });
}

function whole(text: string, filter: TextFilter): string {
  return filter.push(text) + filter.end();
}

function result(findings: Findings, texts: readonly string[], restore: Redactor): Guarded {
  const verdict = findings.toVerdict();
  return findings.blocked ? { blocked: true, verdict } : { blocked: false, verdict, texts, restore };
}

function redactorOf(restore: Restore): Redactor {
  if (restore instanceof Redactor) return restore;
  throw new TypeError('What a guard restores must be what its `input` returned for the same call: another object was given.');
}
