import { isDigit } from '../text/chars';
import { compact, endOfTemplate, standsFreeAfter, standsFreeBefore } from '../text/template';
import { luhn } from './checksums';
import type { Detector } from './detector';

const LAYOUTS = ['#### #### #### ####', '#### ###### #####', '#### ###### ####', '#### #### #### #### ###'].flatMap((layout) => [
  layout,
  layout.replaceAll(' ', '-'),
]);
const UNBROKEN = [19, 18, 17, 16, 15, 14].map((length) => '#'.repeat(length));
const TEMPLATES = [...LAYOUTS.toSorted((a, b) => b.length - a.length), ...UNBROKEN];

/** Groups of an IBAN that is written in fours: what follows is the rest of it. */
const IBAN_BEFORE = /\b[A-Za-z]{2}\d{2} (?:[A-Za-z0-9]{4} )?$|\b\d{4} \d{4} $/;

interface Issuer {
  /** First and last of a range of prefixes of one length. */
  readonly prefixes: readonly (readonly [number, number])[];
  readonly lengths: readonly number[];
}

/** Ranges of issuer identification numbers as the networks publish them. */
const ISSUERS: readonly Issuer[] = [
  // Visa; its 13 digits are no longer given out.
  { prefixes: [[4, 4]], lengths: [16, 19] },
  // Mastercard
  {
    prefixes: [
      [51, 55],
      [2221, 2720],
    ],
    lengths: [16],
  },
  // American Express
  {
    prefixes: [
      [34, 34],
      [37, 37],
    ],
    lengths: [15],
  },
  // Discover
  {
    prefixes: [
      [6011, 6011],
      [644, 649],
      [65, 65],
    ],
    lengths: [16, 19],
  },
  // Diners Club
  {
    prefixes: [
      [300, 305],
      [36, 36],
      [38, 39],
    ],
    lengths: [14, 16],
  },
  // JCB
  { prefixes: [[3528, 3589]], lengths: [16, 19] },
  // UnionPay
  { prefixes: [[62, 62]], lengths: [16, 17, 18, 19] },
  // Maestro, where it is not among the others
  {
    prefixes: [
      [5018, 5018],
      [5020, 5020],
      [5038, 5038],
      [5893, 5893],
      [6304, 6304],
      [6759, 6763],
    ],
    lengths: [16, 17, 18, 19],
  },
];

/** Numbers of payment cards: a network's prefix and length, and a check digit that is right. */
export const card: Detector = {
  kind: 'card',
  onlyAtWordStart: true,
  mayBeginWith: (unit) => isDigit(unit),
  matchAt(text, start) {
    if (!standsFreeBefore(text, start) || IBAN_BEFORE.test(text.slice(start - 11, start))) return undefined;
    for (const template of TEMPLATES) {
      const end = endOfTemplate(text, start, template);
      if (end !== undefined && standsFreeAfter(text, end) && isCard(compact(text, start, end))) return { start, end };
    }
    return undefined;
  },
};

function isCard(digits: string): boolean {
  const issued = ISSUERS.some(
    ({ prefixes, lengths }) =>
      lengths.includes(digits.length) &&
      prefixes.some(([first, last]) => {
        const prefix = Number(digits.slice(0, String(first).length));
        return prefix >= first && prefix <= last;
      }),
  );
  return issued && luhn(digits);
}
