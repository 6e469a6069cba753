const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** Numbers below a hundred by their words. */
export const smallNumbers: ReadonlyMap<string, number> = new Map([
  ...ones.map((word, value): [string, number] => [word, value]),
  ...tens.map((word, index): [string, number] => [word, 10 * (index + 2)]),
  ['dozen', 12],
]);

/** What multiplies the number before it. Those of one letter only where they touch its digits (`5k`). */
export const multipliers: ReadonlyMap<string, number> = new Map([
  ['hundred', 1e2],
  ['thousand', 1e3],
  ['lakh', 1e5],
  ['lakhs', 1e5],
  ['lac', 1e5],
  ['million', 1e6],
  ['mn', 1e6],
  ['crore', 1e7],
  ['crores', 1e7],
  ['billion', 1e9],
  ['bn', 1e9],
  ['trillion', 1e12],
]);
export const attachedMultipliers: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['m', 1e6],
  ['b', 1e9],
]);

/** Ordinals but `first`, which hardly ever counts, and `second`, `third` … of which fractions are made too. */
export const ordinals: ReadonlyMap<string, number> = new Map(
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'
    .split(' ')
    .map((word, index): [string, number] => [word, index + 1]),
);
export const tensOrdinals: ReadonlyMap<string, number> = new Map([
  ['twentieth', 20],
  ['thirtieth', 30],
  ['fortieth', 40],
  ['fiftieth', 50],
  ['hundredth', 100],
]);
export const ordinalEndings: ReadonlySet<string> = new Set(['st', 'nd', 'rd', 'th']);

/** Fractions and multiples in one word. */
export const multiples: ReadonlyMap<string, number> = new Map([
  ['half', 0.5],
  ['quarter', 0.25],
  ['twice', 2],
  ['thrice', 3],
]);

const roman = 'ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx xxi'.split(' ');
const romanValues = [2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];
/** Roman numerals that are no English word or letter; only in capitals. */
export const romanNumerals: ReadonlyMap<string, number> = new Map(roman.map((word, index) => [word, romanValues[index] ?? 0]));

const monthNames = 'january february march april may june july august september october november december'.split(' ');
const shortMonths = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
export const months: ReadonlyMap<string, number> = new Map([
  ...monthNames.map((name, index): [string, number] => [name, index + 1]),
  ...shortMonths.map((name, index): [string, number] => [name, index + 1]),
  ['sept', 9],
]);
/** Months that are also other words: they are months beside a number or after a word such as `in`. */
export const doubtfulMonths: ReadonlySet<string> = new Set(['march', 'may', 'mar', 'jan', 'dec', 'sep', 'august']);

const days = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
export const weekdays: ReadonlyMap<string, number> = new Map([
  ...days.map((name, index): [string, number] => [name, index + 1]),
  ...days.map((name, index): [string, number] => [`${name}s`, index + 1]),
]);
