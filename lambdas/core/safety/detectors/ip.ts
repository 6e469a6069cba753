import { digitOf, isDigit, isHex, isWord } from '../text/chars';
import { hasContext, standsFreeBefore } from '../text/template';
import type { TextView } from '../text/text-window';
import type { Detector } from './detector';

const DOT = 46;
const COLON = 58;
const MAX_V6_UNITS = 45;
/** Numbers with three dots that are no addresses. */
const VERSION = /\b(?:versions?|ver|release[ds]?|build|firmware|section|chapter|clause|§)[\s:=#-]*$/;

/** IP addresses, v4 and v6, but for those that name no host: loopback, unspecified, network masks. */
export const ip: Detector = {
  kind: 'ip',
  onlyAtWordStart: true,
  mayBeginWith: (unit) => isHex(unit) || unit === COLON,
  matchAt(text, start) {
    const before = text.at(start - 1);
    if (isWord(before) || before === COLON || !standsFreeBefore(text, start)) {
      // `host:10.0.0.1` and `ip:fe80::1` have a name before the colon, not a number of an address.
      if (before !== COLON || isHexGroup(text, start - 2)) return undefined;
    }
    const end = endOfV4(text, start) ?? endOfV6(text, start);
    if (end === undefined || isNoHost(text.slice(start, end)) || hasContext(text, start, VERSION)) return undefined;
    return { start, end };
  },
};

function isHexGroup(text: TextView, last: number): boolean {
  let index = last;
  while (last - index < 5 && isHex(text.at(index))) index--;
  return (last - index <= 4 && !isWord(text.at(index))) || index === last;
}

function endOfV4(text: TextView, start: number): number | undefined {
  let index = start;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0) {
      if (text.at(index) !== DOT) return undefined;
      index++;
    }
    const first = index;
    let value = 0;
    while (index - first < 3 && isDigit(text.at(index))) value = value * 10 + digitOf(text.at(index++));
    const digits = index - first;
    if (digits === 0 || value > 255 || (digits > 1 && digitOf(text.at(first)) === 0)) return undefined;
  }
  const next = text.at(index);
  return isWord(next) || ((next === DOT || next === 45) && isDigit(text.at(index + 1))) ? undefined : index;
}

function endOfV6(text: TextView, start: number): number | undefined {
  let end = start;
  while (
    end - start <= MAX_V6_UNITS &&
    (isHex(text.at(end)) || text.at(end) === COLON || (text.at(end) === DOT && isDigit(text.at(end + 1))))
  )
    end++;
  // A sentence's colon is not part of it.
  if (text.at(end - 1) === COLON && text.at(end - 2) !== COLON) end--;
  return end - start <= MAX_V6_UNITS && !isWord(text.at(end)) && isV6(text.slice(start, end)) ? end : undefined;
}

function isV6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const mapped = groups.at(-1)?.includes('.') === true;
  if (!groups.every((group, index) => /^[0-9a-f]{1,4}$/i.test(group) || (mapped && index === groups.length - 1))) return false;
  const count = groups.length + (mapped ? 1 : 0);
  if (halves.length === 1) return count === 8;
  // `add::bad` could be one; three groups, of which one has a digit, are one.
  return count <= 7 && ((groups.length >= 3 && /\d/.test(address)) || /^(?:fe80|fd[0-9a-f]{2}|2[0-9a-f]{3}):/i.test(address) || mapped);
}

function isNoHost(address: string): boolean {
  return /^(?:127\.|0\.|255\.)/.test(address);
}
