import { isDigit, isLetter, isUpper, isWord, unit } from '../text/chars';
import { standsFreeBefore } from '../text/template';
import type { TextView } from '../text/text-window';
import type { Detector, Span } from './detector';
import { afterSpaces, endOfCapitalized, endOfWord, FULL_STOP } from './names';

const wordsOf = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** What ends the name of a street after its number: `12 Elm Street`. */
const ENGLISH = wordsOf(
  'street st avenue ave road rd lane ln drive dr boulevard blvd court ct way place pl square sq terrace ter parkway pkwy circle cir highway hwy close crescent gardens grove row mews',
);
/** What begins it after its number: `12 rue de la Paix`. */
const FRENCH = wordsOf('rue avenue av boulevard bd place chemin allée allee impasse quai cours route');
/** What begins it before its number: `Calle Mayor 12`. */
const SOUTHERN = wordsOf('calle avenida avda plaza paseo carrer via viale piazza corso rua travessa largo');
/** What ends the word that is it: `Hauptstraße 12`. */
const GERMANIC = /(?:stra(?:ß|ss)e|str|weg|platz|allee|gasse|damm|ufer|ring|straat|laan|plein|gracht|gatan|vägen|vej|gade)$/;
/** Which end so and are none. */
const NOT_STREETS = /^(?:bring|spring|string|during|unterweg|umweg|ausweg|arbeitsplatz|stellplatz|sitzplatz|parkplatz|fahrstraße)$/;
/** Which are one only with a name before: `Am Weg 3`. */
const NOT_ALONE = /^(?:ring|weg|platz|allee|marktplatz)$/;
const SMALL = wordsOf('de la le les du des d l del della delle dei di da do dos das el los las y e et of the');

const MAX_STREET_WORDS = 5;
const COMMA = unit(',');

/** Streets with house numbers, in the orders of English, French, German, Dutch, Scandinavian, Spanish, Italian and Portuguese addresses. */
export const address: Detector = {
  kind: 'address',
  onlyAtWordStart: true,
  mayBeginWith: (first) => isDigit(first) || isUpper(first) || first === unit('v') || first === unit('c'),
  matchAt(text, start) {
    if (!standsFreeBefore(text, start)) return undefined;
    const end = isDigit(text.at(start)) ? endAfterNumber(text, start) : endBeforeNumber(text, start);
    return end === undefined ? undefined : withTown(text, { start, end });
  },
};

function endAfterNumber(text: TextView, start: number): number | undefined {
  const numberEnd = endOfHouseNumber(text, start);
  if (numberEnd === undefined) return undefined;
  let here = afterSpaces(text, text.at(numberEnd) === COMMA ? numberEnd + 1 : numberEnd);
  if (here === numberEnd) return undefined;
  for (const suffix of ['bis', 'ter']) if (text.slice(here, here + 4) === `${suffix} `) here += 4;
  const firstEnd = endOfWord(text, here);
  if (FRENCH.has(text.slice(here, firstEnd).toLowerCase())) {
    const named = endOfStreetName(text, afterSpaces(text, firstEnd));
    if (named !== undefined) return named;
  }
  for (let words = 0; words < MAX_STREET_WORDS; words++) {
    const wordEnd = endOfCapitalized(text, here) ?? endOfOrdinal(text, here);
    if (wordEnd === undefined) return undefined;
    if (words > 0 && ENGLISH.has(text.slice(here, wordEnd).toLowerCase()))
      return text.at(wordEnd) === FULL_STOP && text.at(wordEnd + 1) === COMMA ? wordEnd + 1 : wordEnd;
    const next = afterSpaces(text, text.at(wordEnd) === FULL_STOP ? wordEnd + 1 : wordEnd);
    if (next === wordEnd) return undefined;
    here = next;
  }
  return undefined;
}

/** `5th` Avenue. */
function endOfOrdinal(text: TextView, start: number): number | undefined {
  let end = start;
  while (end - start < 3 && isDigit(text.at(end))) end++;
  return end > start && /^(?:st|nd|rd|th)$/.test(text.slice(end, end + 2)) && !isWord(text.at(end + 2)) ? end + 2 : undefined;
}

function endBeforeNumber(text: TextView, start: number): number | undefined {
  const southernEnd = endOfWord(text, start);
  if (SOUTHERN.has(text.slice(start, southernEnd).toLowerCase())) {
    const named = endOfStreetName(text, afterSpaces(text, southernEnd));
    if (named === undefined || named === southernEnd) return undefined;
    const comma = text.at(named) === COMMA ? named + 1 : named;
    let number = afterSpaces(text, comma);
    if (/^n[º°.] ?/.test(text.slice(number, number + 3))) number = afterSpaces(text, number + 2);
    return number === comma ? undefined : endOfHouseNumber(text, number);
  }
  return endOfGermanic(text, start);
}

/** One word, or some: `Berliner Str. 5`, `Am Alten Markt-Platz 3`. */
function endOfGermanic(text: TextView, start: number): number | undefined {
  let here = start;
  for (let words = 0; words < 3; words++) {
    const wordEnd = endOfCapitalized(text, here);
    if (wordEnd === undefined) return undefined;
    const word = text.slice(here, wordEnd).toLowerCase();
    const stop = text.at(wordEnd) === FULL_STOP ? wordEnd + 1 : wordEnd;
    const next = afterSpaces(text, stop);
    if (next === stop) return undefined;
    if (GERMANIC.test(word) && !NOT_STREETS.test(word) && (words > 0 || !NOT_ALONE.test(word))) return endOfHouseNumber(text, next);
    here = next;
  }
  return undefined;
}

/** Up to five digits, and a letter or a second number: `12`, `12a`, `12-14`, `12 B`. */
function endOfHouseNumber(text: TextView, start: number): number | undefined {
  let end = start;
  while (end - start < 6 && isDigit(text.at(end))) end++;
  const digits = end - start;
  if (digits === 0 || digits > 5) return undefined;
  if (isLetter(text.at(end)) && !isWord(text.at(end + 1))) return end + 1;
  if (text.at(end) === unit('-') && isDigit(text.at(end + 1))) {
    let second = end + 1;
    while (second - end < 6 && isDigit(text.at(second))) second++;
    if (!isWord(text.at(second))) return second;
  }
  return isWord(text.at(end)) ? undefined : end;
}

/** Words with capitals, with small ones (`de la`) among them. */
function endOfStreetName(text: TextView, start: number): number | undefined {
  let end: number | undefined;
  let here = start;
  for (let words = 0; words < MAX_STREET_WORDS; words++) {
    const capitalEnd = endOfCapitalized(text, here);
    const wordEnd = capitalEnd ?? endOfWord(text, here);
    if (wordEnd === here || (capitalEnd === undefined && !SMALL.has(text.slice(here, wordEnd).toLowerCase()))) break;
    if (capitalEnd !== undefined) end = capitalEnd;
    const apostrophe = text.at(wordEnd) === 39 || text.at(wordEnd) === 0x2019;
    here = apostrophe ? wordEnd + 1 : afterSpaces(text, wordEnd);
    if (here === wordEnd) break;
  }
  return end;
}

/** With the town after a comma, where a postal code is with it: `, Springfield, IL 62704` or `, 10115 Berlin`. */
function withTown(text: TextView, { start, end }: Span): Span {
  let here = text.at(end) === COMMA ? afterSpaces(text, end + 1) : end;
  if (here === end) return { start, end };
  for (let words = 0; words < 6; words++) {
    let codeEnd = here;
    while (codeEnd - here < 6 && isDigit(text.at(codeEnd))) codeEnd++;
    if (codeEnd - here === 5 && !isWord(text.at(codeEnd))) {
      const town = afterSpaces(text, codeEnd);
      return { start, end: words === 0 ? (endOfCapitalized(text, town) ?? codeEnd) : codeEnd };
    }
    const wordEnd = endOfCapitalized(text, here);
    if (wordEnd === undefined) break;
    const next = afterSpaces(text, text.at(wordEnd) === COMMA ? wordEnd + 1 : wordEnd);
    if (next === wordEnd) break;
    here = next;
  }
  return { start, end };
}
