import { ruleFinders } from '../../../../../lambdas/core/safety/content-rules';
import { detectors } from '../../../../../lambdas/core/safety/detectors';
import { marks, rules } from '../../../../../lambdas/core/safety/injection/rules';
import { WordRules } from '../../../../../lambdas/core/safety/injection/word-rules';
import type { Finder } from '../../../../../lambdas/core/safety/scanner';
import { LOOK_BEHIND_UNITS, type TextView, TextWindow } from '../../../../../lambdas/core/safety/text/text-window';
import { endlessTexts, hostileTexts } from './corpus/hostile';

/** Units that a finder may read from one place, and on average over all places of a text, whatever the text is. */
interface Bound {
  readonly perLook: number;
  readonly perUnit: number;
}

/** Where a kind is longer than a line: what is read of it, and of a run that only begins like one. */
const BOUNDS: Readonly<Record<string, Bound>> = {
  email: { perLook: 700, perUnit: 90 },
  api_token: { perLook: 1100, perUnit: 400 },
  secret: { perLook: 1700, perUnit: 200 },
  jwt: { perLook: 21_000, perUnit: 20 },
  private_key: { perLook: 21_000, perUnit: 20 },
};
const BOUND: Bound = { perLook: 320, perUnit: 90 };

const TEXTS = hostileTexts(2000);
/** Longer than the longest thing that is looked for. */
const LONG_TEXTS = endlessTexts(25_000);

/** Counts what is read: work that is the same on every machine. */
class CountingView implements TextView {
  reads = 0;
  place = 0;
  furthestBehind = 0;
  readonly #window: TextWindow;

  constructor(text: string) {
    this.#window = TextWindow.whole(text);
  }

  at(index: number): number {
    this.reads++;
    if (index >= 0) this.furthestBehind = Math.max(this.furthestBehind, this.place - index);
    return this.#window.at(index);
  }

  slice(start: number, end: number): string {
    const slice = this.#window.slice(start, end);
    this.reads += slice.length;
    this.furthestBehind = Math.max(this.furthestBehind, this.place - Math.max(0, start));
    return slice;
  }
}

function workOf(finder: Pick<Finder<unknown>, 'mayBeginWith' | 'matchAt'>, text: string) {
  const view = new CountingView(text);
  let perLook = 0;
  for (view.place = 0; view.place < text.length; view.place++) {
    if (!finder.mayBeginWith(text.charCodeAt(view.place))) continue;
    const before = view.reads;
    finder.matchAt(view, view.place);
    perLook = Math.max(perLook, view.reads - before);
  }
  return { perLook, perUnit: view.reads / text.length, furthestBehind: view.furthestBehind };
}

function mostOf(finder: Pick<Finder<unknown>, 'mayBeginWith' | 'matchAt'>, texts: readonly string[]) {
  const works = texts.map((text) => workOf(finder, text));
  return {
    perLook: Math.max(...works.map(({ perLook }) => perLook)),
    perUnit: Math.max(...works.map(({ perUnit }) => perUnit)),
    furthestBehind: Math.max(...works.map(({ furthestBehind }) => furthestBehind)),
  };
}

it.each(detectors)('the detector of $kind reads a bounded number of units of texts made to keep it busy', (detector) => {
  const most = mostOf(detector, detector.kind in BOUNDS ? [...TEXTS, ...LONG_TEXTS] : TEXTS);
  const bound = BOUNDS[detector.kind] ?? BOUND;
  expect(most.perLook).toBeGreaterThan(0);
  expect(most.perLook).toBeLessThanOrEqual(bound.perLook);
  expect(most.perUnit).toBeLessThanOrEqual(bound.perUnit);
  expect(most.furthestBehind).toBeLessThanOrEqual(LOOK_BEHIND_UNITS);
});

it('content rules read as far as their longest phrase, with what may fill it', () => {
  const phrase = 'a a a a a a a a';
  const [rule] = ruleFinders(
    [{ name: 'r', action: 'block', directions: ['input'], phrases: [phrase, 'aaaaaaaa'], patterns: ['@@@@ ####'] }],
    'input',
  );
  if (rule === undefined) throw new Error('No finder was made of the rule.');
  expect(mostOf(rule, TEXTS).perLook).toBeLessThanOrEqual(phrase.length * 16);
});

describe('the check for injections', () => {
  /** An array of words that counts how often one is looked at. */
  function counted(words: readonly string[]) {
    let reads = 0;
    const proxy = new Proxy(words, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    return { proxy, reads: () => reads };
  }

  const everyWord = [...new Set(rules.flatMap(({ steps }) => steps.flatMap((step) => [...step.words, ...step.prefixes])))];

  it('looks at a bounded number of words from each, of texts of nothing but words that its rules wait for', () => {
    const wordRules = new WordRules(rules);
    const texts = [
      ...everyWord.map((word) => Array.from({ length: 200 }, () => word)),
      // The first words of two steps in turn: each look goes as deep as it may before it fails.
      ...rules.map(({ steps }) => {
        const [first, second] = steps.map((step) => [...step.words, ...step.prefixes][0] ?? '');
        return Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? first : second) ?? '');
      }),
    ];
    for (const words of texts) {
      const { proxy, reads } = counted(words);
      wordRules.in(proxy);
      expect(reads() / words.length).toBeLessThanOrEqual(500);
    }
  });

  it.each(marks.map(({ pattern }) => pattern.source))('repeats nothing without a bound in %s', (source) => {
    const outsideClasses = source.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_');
    expect(outsideClasses).not.toMatch(/[*+]|\{\d+,\}/);
  });
});
