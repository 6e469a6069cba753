import { commonWords } from './words/common-words';
import { exclusionGroups } from './words/exclusions';
import { functionWords, lightWords } from './words/function-words';
import { irregularForms } from './words/irregular';
import { nationGroups } from './words/nations';
import { stem } from './words/stem';
import { synonymGroups } from './words/synonyms';

/** Groups of each stem, by the index of their lines. */
function indexGroups(groups: readonly (readonly string[])[]): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const [line, group] of groups.entries()) {
    for (const key of new Set(group.map(stem))) {
      const lines = index.get(key);
      if (lines === undefined) index.set(key, [line]);
      else lines.push(line);
    }
  }
  return index;
}

/** Lines of words of one meaning that name a stem. */
export const synonymsOf = indexGroups([...synonymGroups, ...nationGroups]);

/** Where a stem stands among `exclusionGroups`. It excludes the stems on the other sides of its lines. */
interface Side {
  readonly line: number;
  readonly side: number;
}

export const exclusionsOf: ReadonlyMap<string, readonly Side[]> = indexSides();

function indexSides(): ReadonlyMap<string, Side[]> {
  const index = new Map<string, Side[]>();
  for (const [line, sides] of exclusionGroups.entries()) {
    for (const [side, words] of sides.entries()) {
      for (const key of new Set(words.map(stem))) index.set(key, [...(index.get(key) ?? []), { line, side }]);
    }
  }
  return index;
}

const light = new Set([...lightWords].map(stem));
const known = new Set(
  [functionWords, lightWords, commonWords, ...synonymGroups, ...exclusionGroups.flat(), Object.values(irregularForms)].flatMap((words) =>
    [...words].map(stem),
  ),
);

const LIGHT_WEIGHT = 1 / 3;
const UNKNOWN_WEIGHT = 1.5;

/** How much a content word tells of what a text is about: rarer words more. A stand-in for the inverse document frequency, from the lists alone. */
export function weightOf(stemmed: string): number {
  if (light.has(stemmed)) return LIGHT_WEIGHT;
  return isKnown(stemmed) ? 1 : UNKNOWN_WEIGHT;
}

/** Whether it is an ordinary English word, also with the commonest endings that derive one word from another. */
export function isKnown(stemmed: string): boolean {
  return known.has(stemmed) || DERIVED.some((ending) => stemmed.endsWith(ending) && hasKnownRoot(stemmed.slice(0, -ending.length)));
}

const DERIVED = [
  'ly',
  'er',
  'or',
  'est',
  'ness',
  'ful',
  'less',
  'ment',
  'able',
  'ation',
  'ion',
  'al',
  'ity',
  'ic',
  'ive',
  'ist',
  'ism',
  'ian',
  'y',
  'ant',
  'anc',
  'enc',
  'ous',
];

function hasKnownRoot(root: string): boolean {
  if (root.length < 3) return false;
  return (
    known.has(root) ||
    known.has(stem(`${root}e`)) ||
    known.has(root.slice(0, -1)) ||
    (root.endsWith('i') && known.has(`${root.slice(0, -1)}y`))
  );
}
