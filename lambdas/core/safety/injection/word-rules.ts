/**
 * A rule over the words of a text: steps that come one after the other. A step is words to choose from, where `ignor*` is each that begins
 * so. `+` before a step: at once; `..`: within four words.
 */
export interface WordRule {
  readonly weight: number;
  readonly steps: readonly Step[];
}

interface Step {
  readonly words: ReadonlySet<string>;
  readonly prefixes: readonly string[];
  /** Words that may stand before this step and after the one before. */
  readonly gap: number;
}

const DEFAULT_GAP = 4;
const PREFIX_UNITS = 2;
const NONE: readonly never[] = [];

/** @param source `ignor*|disregard .. previous|prior .. instruction*` */
export function wordRule(weight: number, source: string): WordRule {
  const parts = source.split(/ (?=\+ |\.\.\d* )/);
  return {
    weight,
    steps: parts.map((part) => {
      const [, sign = '', digits = '', choices = ''] = /^(?:(\+|\.\.)(\d*) )?(.+)$/.exec(part) ?? [];
      const all = choices.split('|');
      return {
        words: new Set(all.filter((word) => !word.endsWith('*'))),
        prefixes: all.filter((word) => word.endsWith('*')).map((word) => word.slice(0, -1)),
        gap: sign === '..' ? Number(digits || DEFAULT_GAP) : 0,
      };
    }),
  };
}

/** Rules by what their first step may be, so that a word is compared with few of them. */
export class WordRules {
  readonly #byWord = new Map<string, WordRule[]>();
  /** By the first two letters of the prefix. */
  readonly #byPrefix = new Map<string, (readonly [string, WordRule])[]>();

  constructor(rules: readonly WordRule[]) {
    for (const rule of rules) {
      for (const word of rule.steps[0]?.words ?? []) this.#byWord.set(word, [...(this.#byWord.get(word) ?? []), rule]);
      for (const prefix of rule.steps[0]?.prefixes ?? []) {
        const beginning = prefix.slice(0, PREFIX_UNITS);
        this.#byPrefix.set(beginning, [...(this.#byPrefix.get(beginning) ?? []), [prefix, rule]]);
      }
    }
  }

  /** Each rule that the words contain. From one word a rule looks at no more words than its steps and gaps are. */
  in(words: readonly string[]): ReadonlySet<WordRule> {
    const found = new Set<WordRule>();
    for (const [index, word] of words.entries()) {
      for (const rule of this.#byWord.get(word) ?? NONE) if (!found.has(rule) && goesOn(rule, 1, words, index + 1)) found.add(rule);
      for (const [prefix, rule] of this.#byPrefix.get(word.slice(0, PREFIX_UNITS)) ?? NONE) {
        if (!found.has(rule) && word.startsWith(prefix) && goesOn(rule, 1, words, index + 1)) found.add(rule);
      }
    }
    return found;
  }
}

function goesOn(rule: WordRule, stepIndex: number, words: readonly string[], from: number): boolean {
  const step = rule.steps[stepIndex];
  if (step === undefined) return true;
  for (let index = from; index <= from + step.gap && index < words.length; index++) {
    if (isOne(step, words[index] ?? '') && goesOn(rule, stepIndex + 1, words, index + 1)) return true;
  }
  return false;
}

function isOne({ words, prefixes }: Step, word: string): boolean {
  return words.has(word) || prefixes.some((prefix) => word.startsWith(prefix));
}
