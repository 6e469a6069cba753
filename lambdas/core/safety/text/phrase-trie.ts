import { isDigit, isLetter, isLineBreak, isSpace } from './chars';
import type { TextView } from './text-window';

/** Spaces, or characters of no width, that may stand for one space or between two letters: more is another text. */
const MAX_FILL = 8;

const SPACE = ' ';
const ANY_DIGIT = '#';
const ANY_LETTER = '@';

interface Node {
  readonly next: Map<string, Node>;
  digit?: Node;
  letter?: Node;
  space?: Node;
  /** What ends here. */
  id?: number;
}

export interface PhraseMatch {
  readonly id: number;
  readonly end: number;
}

/**
 * Phrases that are looked for from one place, all at once. Letters of either case are the same, every run of spaces is one space, and
 * characters of no width do not count. A look reads at most {@link MAX_FILL} units for each of the longest phrase.
 */
export class PhraseTrie {
  readonly #root: Node = { next: new Map() };
  readonly #firsts = new Set<number>();
  #anyDigit = false;
  #anyLetter = false;

  /** @throws Error for a phrase of nothing but spaces. */
  add(phrase: string, id: number): void {
    this.#insert(phrase, id, false);
  }

  /** As `add`; `#` stands for any digit and `@` for any letter. */
  addPattern(pattern: string, id: number): void {
    this.#insert(pattern, id, true);
  }

  /** Whether a phrase may begin with this unit. */
  mayBeginWith(unit: number): boolean {
    return this.#firsts.has(unit) || (this.#anyDigit && isDigit(unit)) || (this.#anyLetter && isLetter(unit));
  }

  /** Each phrase that begins at `start`, shorter ones first. */
  matchesAt(text: TextView, start: number): readonly PhraseMatch[] {
    const found: PhraseMatch[] = [];
    let states: Node[] = [this.#root];
    let index = start;
    while (states.length > 0) {
      const unit = text.at(index);
      if (unit < 0) break;
      const before = index;
      const fill = this.#fillAt(text, index);
      if (fill.spaces) {
        index = fill.end;
        states = advance(states, (state, next) => {
          if (state.space !== undefined) next.push(state.space);
        });
      } else {
        const letter = foldedAt(text, fill.end);
        if (letter === undefined || (before === start && fill.end > start)) break;
        index = fill.end + 1;
        states = advance(states, (state, next) => {
          step(state, letter, next);
        });
      }
      for (const { id } of states) if (id !== undefined) found.push({ id, end: index });
    }
    return found;
  }

  #fillAt(text: TextView, start: number): { readonly end: number; readonly spaces: boolean } {
    let end = start;
    let spaces = false;
    while (end - start < MAX_FILL) {
      const unit = text.at(end);
      if (isSpace(unit) || isLineBreak(unit)) spaces = true;
      else if (!isZeroWidth(unit)) break;
      end++;
    }
    return { end, spaces };
  }

  #insert(phrase: string, id: number, wildcards: boolean): void {
    const characters = foldPhrase(phrase);
    if (characters === '') throw new Error('A phrase needs at least one character that is not a space.');
    let node = this.#root;
    for (let index = 0; index < characters.length; index++) {
      const character = characters.charAt(index);
      if (index === 0) this.#noteFirst(character, wildcards);
      if (character === SPACE) node = node.space ??= { next: new Map() };
      else if (wildcards && character === ANY_DIGIT) node = node.digit ??= { next: new Map() };
      else if (wildcards && character === ANY_LETTER) node = node.letter ??= { next: new Map() };
      else {
        let next = node.next.get(character);
        if (next === undefined) node.next.set(character, (next = { next: new Map() }));
        node = next;
      }
    }
    node.id ??= id;
  }

  #noteFirst(character: string, wildcards: boolean): void {
    if (wildcards && character === ANY_DIGIT) this.#anyDigit = true;
    else if (wildcards && character === ANY_LETTER) this.#anyLetter = true;
    else for (const form of [character, character.toUpperCase()]) if (form.length === 1) this.#firsts.add(form.charCodeAt(0));
  }
}

/** A phrase as the trie holds it: two phrases that are equal so find the same texts. */
export function foldPhrase(phrase: string): string {
  return phrase
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '')
    .replace(/\s+/g, SPACE)
    .trim()
    .replace(/[^]/g, fold);
}

export function isZeroWidth(unit: number): boolean {
  return (unit >= 0x200b && unit <= 0x200d) || unit === 0x2060 || unit === 0xfeff || unit === 0xad;
}

function advance(states: readonly Node[], step: (state: Node, next: Node[]) => void): Node[] {
  const next: Node[] = [];
  for (const state of states) step(state, next);
  return next;
}

function step(state: Node, letter: string, next: Node[]): void {
  const unit = letter.charCodeAt(0);
  const exact = state.next.get(letter);
  if (exact !== undefined) next.push(exact);
  if (state.digit !== undefined && isDigit(unit)) next.push(state.digit);
  if (state.letter !== undefined && isLetter(unit)) next.push(state.letter);
}

function foldedAt(text: TextView, index: number): string | undefined {
  const unit = text.at(index);
  if (unit < 0) return undefined;
  return ASCII_FOLDED[unit] ?? fold(String.fromCharCode(unit));
}

const ASCII_FOLDED: readonly string[] = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit).toLowerCase());

/** One unit for one: `İ`, whose lower case is two, stays. */
function fold(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === 1 ? lower : character;
}
