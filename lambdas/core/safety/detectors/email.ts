import { isAsciiAlphanumeric, isDigit, isLetter, unitsOf } from '../text/chars';
import type { TextView } from '../text/text-window';
import type { Detector, Span } from './detector';

/** RFC 5321 allows 64 before the @; what is longer is an address to hide behind, not one to let through. */
const MAX_LOCAL_UNITS = 256;
const MAX_DOMAIN_UNITS = 253;
const MAX_LABEL_UNITS = 63;

const AT = 64;
const DOT = 46;
const HYPHEN = 45;
/** Of those that RFC 5322 allows the ones in use: `/`, `=` and the like end what is before an address in paths and fields. */
const LOCAL_SIGNS = unitsOf("._%+-'&~#$!");
const NOT_FIRST = unitsOf(".'&#$!");

/** E-mail addresses, `local@domain.tld`, of any script. */
export const email: Detector = {
  kind: 'email',
  mayBeginWith: isLocal,
  matchAt(text, start) {
    // Only the first place of a run is looked at, so that a long one costs once.
    if (isLocal(text.at(start - 1))) return undefined;
    let at = start;
    while (at - start <= MAX_LOCAL_UNITS && isLocal(text.at(at))) at++;
    if (text.at(at) !== AT) return undefined;
    let first = start;
    while (NOT_FIRST.has(text.at(first))) first++;
    return first < at ? spanTo(first, endOfDomain(text, at + 1)) : undefined;
  },
};

function isLocal(unit: number): boolean {
  return isAsciiAlphanumeric(unit) || LOCAL_SIGNS.has(unit) || (unit > 127 && isLetter(unit));
}

/** After the last label of letters that follows at least one other. */
function endOfDomain(text: TextView, start: number): number | undefined {
  let end: number | undefined;
  let labelStart = start;
  let labels = 0;
  while (labelStart - start <= MAX_DOMAIN_UNITS) {
    const labelEnd = endOfLabel(text, labelStart);
    if (labelEnd === labelStart) break;
    labels++;
    if (labels > 1 && labelEnd - labelStart >= 2 && !isDigit(text.at(labelStart))) end = labelEnd;
    if (text.at(labelEnd) !== DOT) break;
    labelStart = labelEnd + 1;
  }
  return end;
}

function endOfLabel(text: TextView, start: number): number {
  let index = start;
  while (index - start < MAX_LABEL_UNITS && (isLabel(text.at(index)) || text.at(index) === HYPHEN)) index++;
  while (index > start && text.at(index - 1) === HYPHEN) index--;
  return index;
}

function isLabel(unit: number): boolean {
  return isAsciiAlphanumeric(unit) || (unit > 127 && isLetter(unit));
}

function spanTo(start: number, end: number | undefined): Span | undefined {
  return end === undefined ? undefined : { start, end };
}
