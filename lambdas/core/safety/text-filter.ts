import { placeholderAt, mayBeginPlaceholder } from './placeholders';
import type { Redactor } from './redactor';
import { type Finder, type Found, Scanner } from './scanner';
import type { Detector } from './detectors/detector';
import type { RuleFinder } from './content-rules';
import type { Kind } from './kinds';
import type { Direction, KindAction } from './safety-policy';
import { TextWindow } from './text/text-window';
import type { Findings } from './verdict';

type Tag =
  | { readonly type: 'kind'; readonly kind: Kind; readonly action: 'redact' | 'block' }
  | { readonly type: 'rule'; readonly name: string; readonly action: 'allow' | 'block' }
  | { readonly type: 'placeholder' };

/** What is looked for in one direction; made once for a policy. */
export class FilterPlan {
  readonly scanner: Scanner<Tag>;
  /** Whether there is anything but placeholders to be found. */
  readonly looksForAnything: boolean;

  constructor(
    readonly direction: Direction,
    actions: ReadonlyMap<Kind, KindAction>,
    detectors: readonly Detector[],
    rules: readonly RuleFinder[],
  ) {
    const kindFinders = detectors.flatMap((detector): Finder<Tag>[] => {
      const action = actions.get(detector.kind);
      // Of a kind that has no action nothing is known: it is not let through.
      if (action === 'allow') return [];
      return [finder(detector, { type: 'kind', kind: detector.kind, action: action ?? 'block' })];
    });
    const ruleFinders = rules.map((rule) => finder(rule, { type: 'rule', name: rule.name, action: rule.action }));
    const placeholders: Finder<Tag> = { tag: { type: 'placeholder' }, mayBeginWith: mayBeginPlaceholder, matchAt: placeholderAt };
    this.looksForAnything = kindFinders.length > 0 || ruleFinders.length > 0;
    this.scanner = new Scanner([placeholders, ...ruleFinders, ...kindFinders]);
  }
}

export interface FilterOptions {
  /** Whether placeholders are put back (in answers), stay (in records of them) or are themselves replaced (in what models read). */
  readonly placeholders: 'restore' | 'keep' | 'escape';
  /** Whether values redacted here may be put back. */
  readonly restorable: boolean;
  /** Whether what comes after something blocked is still looked at, for the counts of the verdict. */
  readonly countOn: boolean;
  /** How a value that is put back is written: within a JSON string it is escaped. */
  readonly encode?: (value: string) => string;
  /** Units at the beginning that are context alone: looked at, and not part of the result. */
  readonly contextUnits?: number;
}

/**
 * One text on its way through a policy. It is given in pieces, and each piece gives what is certain by then: text is held back only while
 * something that has begun in it may go on. The pieces together are the same however the text was cut.
 *
 * Of finds that overlap the one that begins first (the longer one of two) is replaced whole, the other one as far as it goes beyond. Nothing
 * that was found is left in part.
 */
export class TextFilter {
  readonly #window = new TextWindow();
  /** Found and not yet dealt with, in the order of {@link inOrder}. */
  #pending: Found<Tag>[] = [];
  #next = 0;
  /** Up to here the text has been given on or replaced. */
  #done: number;
  #allowedUntil = 0;
  #blocked = false;

  constructor(
    private readonly plan: FilterPlan,
    private readonly redactor: Redactor,
    private readonly findings: Findings,
    private readonly options: FilterOptions,
  ) {
    this.#done = options.contextUnits ?? 0;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Units that have come and have not been given on. */
  get heldUnits(): number {
    return Math.max(0, this.#window.length - this.#done);
  }

  push(text: string): string {
    if (this.#stopped) return '';
    this.#window.append(text);
    return this.#advance();
  }

  end(): string {
    if (this.#stopped) return '';
    this.#window.finish();
    return this.#advance();
  }

  get #stopped(): boolean {
    return this.#blocked && !this.options.countOn;
  }

  #advance(): string {
    this.#next = this.plan.scanner.scan(this.#window, this.#next, (found) => {
      this.#pending.push(found);
    });
    this.#pending.sort(inOrder);
    let out = '';
    let handled = 0;
    // A find that begins later could yet be preceded by another: from each place up to here has been looked.
    for (const found of this.#pending) {
      if (found.start >= this.#next || this.#stopped) break;
      out += this.#handle(found);
      handled++;
    }
    this.#pending = this.#pending.slice(handled);
    if (!this.#stopped) out += this.#giveUntil(this.#next);
    this.#window.forgetBefore(Math.min(this.#next, this.#done));
    return this.#blocked && this.options.countOn ? '' : out;
  }

  #handle(found: Found<Tag>): string {
    const { tag } = found;
    if (tag.type === 'rule' && tag.action === 'allow') {
      this.#allowedUntil = Math.max(this.#allowedUntil, found.end);
      return '';
    }
    const within = tag.type !== 'placeholder' && found.end <= this.#allowedUntil;
    if (within || found.end <= (this.options.contextUnits ?? 0)) return '';
    if (tag.type !== 'placeholder' && tag.action === 'block') {
      const before = this.#giveUntil(found.start);
      this.#count(tag);
      this.#blocked = true;
      return before;
    }
    if (found.end <= this.#done) return '';
    const before = this.#giveUntil(found.start);
    const value = this.#window.slice(this.#done, found.end);
    this.#done = found.end;
    this.#count(tag);
    return before + this.#replacementOf(tag, value);
  }

  #replacementOf(tag: Tag, value: string): string {
    const { restorable, placeholders, encode = same } = this.options;
    if (tag.type === 'kind') return this.redactor.placeholderFor(tag.kind, value, restorable);
    if (placeholders === 'escape') return this.redactor.placeholderFor('literal', value, true);
    const restored = placeholders === 'keep' ? undefined : this.redactor.valueOf(value);
    return restored === undefined ? value : encode(restored);
  }

  #count(tag: Tag): void {
    const { direction } = this.plan;
    if (tag.type === 'kind') this.findings.add({ policy: 'kind', name: tag.kind, direction, action: tag.action });
    if (tag.type === 'rule') this.findings.add({ policy: 'rule', name: tag.name, direction, action: 'block' });
  }

  #giveUntil(end: number): string {
    if (end <= this.#done) return '';
    const text = this.#window.slice(this.#done, end);
    this.#done = end;
    return text;
  }
}

/** By start; what is allowed before what is found in it; the longer one first, and of equals the one whose finder comes first (the sort is stable). */
function inOrder(a: Found<Tag>, b: Found<Tag>): number {
  return a.start - b.start || rank(a.tag) - rank(b.tag) || b.end - a.end;
}

function rank(tag: Tag): number {
  if (tag.type === 'rule' && tag.action === 'allow') return 0;
  return tag.type !== 'placeholder' && tag.action === 'block' ? 1 : 2;
}

function finder(source: Pick<Finder<Tag>, 'mayBeginWith' | 'matchAt' | 'onlyAtWordStart'>, tag: Tag): Finder<Tag> {
  return {
    tag,
    onlyAtWordStart: source.onlyAtWordStart === true,
    mayBeginWith: (unit) => source.mayBeginWith(unit),
    matchAt: (text, start) => source.matchAt(text, start),
  };
}

function same(value: string): string {
  return value;
}
