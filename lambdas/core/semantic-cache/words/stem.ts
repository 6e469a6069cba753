import { irregularForms } from './irregular';

const ENDINGS: readonly (readonly [ending: string, instead: string])[] = [
  ['ies', 'y'],
  ['ied', 'y'],
  ['sses', 'ss'],
  ['ches', 'ch'],
  ['shes', 'sh'],
  ['xes', 'x'],
  ['zes', 'z'],
  ['ing', ''],
  ['ed', ''],
  ['s', ''],
];
const VOWEL = /[aeiouy]/;
const SHORTEST_STEM = 3;

/**
 * An English word without its inflection: plural, past, `-ing`, the final e, the doubled consonant, and British for American spelling. Light on
 * purpose: `organ` and `organization` stay apart, which costs a hit; together they would cost a wrong answer.
 */
export function stem(word: string): string {
  const irregular = irregularForms[word];
  const base = irregular ?? word;
  if (base.length <= SHORTEST_STEM) return base;
  return spelling(irregular === undefined ? withoutEnding(base) : base);
}

function withoutEnding(word: string): string {
  if (word.endsWith('ss') || word.endsWith('us') || word.endsWith('is')) return word;
  for (const [ending, instead] of ENDINGS) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length) + instead;
    const isTooShort = rest.length < SHORTEST_STEM && ending !== 's';
    return isTooShort || !VOWEL.test(rest) ? word : ending === 'ing' || ending === 'ed' ? undoubled(rest) : rest;
  }
  return word;
}

function undoubled(word: string): string {
  const last = word.at(-1);
  return last === word.at(-2) && !'lsz'.includes(last ?? '') ? word.slice(0, -1) : word;
}

function spelling(word: string): string {
  const american = word
    .replace(/our$/, 'or')
    .replace(/is(e|ation)?$/, 'iz$1')
    .replace(/ogue$/, 'og')
    .replace(/tre$/, 'ter');
  return american.length > SHORTEST_STEM && american.endsWith('e') ? american.slice(0, -1) : american;
}
