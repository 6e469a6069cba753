import { isAsciiAlphanumeric, isAsciiLetter, isDigit } from '../text/chars';
import { compact, standsFreeBefore } from '../text/template';
import { mod97Iban } from './checksums';
import type { Detector } from './detector';

/** Characters of an IBAN by country, of SWIFT's registry. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27',
    'GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22',
    'MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28',
    'TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30',
  ]
    .join(' ')
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const SPACE = 32;
const HYPHEN = 45;

/** International bank account numbers: a country's length, in one piece or in groups, and check digits that are right. */
export const iban: Detector = {
  kind: 'iban',
  onlyAtWordStart: true,
  mayBeginWith: isAsciiLetter,
  matchAt(text, start) {
    if (!standsFreeBefore(text, start)) return undefined;
    if (!isAsciiLetter(text.at(start + 1)) || !isDigit(text.at(start + 2)) || !isDigit(text.at(start + 3))) return undefined;
    const length = LENGTHS[text.slice(start, start + 2).toUpperCase()];
    if (length === undefined) return undefined;
    let end = start + 4;
    for (let read = 4; read < length; read++) {
      const separator = text.at(end);
      if ((separator === SPACE || separator === HYPHEN) && isAsciiAlphanumeric(text.at(end + 1))) end++;
      if (!isAsciiAlphanumeric(text.at(end))) return undefined;
      end++;
    }
    if (isAsciiAlphanumeric(text.at(end))) return undefined;
    return mod97Iban(compact(text, start, end)) ? { start, end } : undefined;
  },
};
