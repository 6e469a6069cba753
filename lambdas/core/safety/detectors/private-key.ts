import { isAsciiUpper, unit } from '../text/chars';
import type { TextView } from '../text/text-window';
import type { Detector } from './detector';

const HEAD = '-----BEGIN ';
const DASHES = '-----';
const HYPHEN = unit('-');
const MAX_LABEL_UNITS = 40;
/** RSA keys of 8192 bits have 6,400. What is longer is taken as far as this: what follows is not a key without its beginning. */
const MAX_KEY_UNITS = 8192;

/** Private keys in PEM: from `-----BEGIN … PRIVATE KEY-----` to its end, or as far as it goes where the end is missing. */
export const privateKey: Detector = {
  kind: 'private_key',
  mayBeginWith: (first) => first === HYPHEN,
  matchAt(text, start) {
    const labelEnd = endOfLabel(text, start, HEAD);
    if (labelEnd === undefined || !/PRIVATE KEY(?: BLOCK)?$/.test(text.slice(start, labelEnd))) return undefined;
    const body = labelEnd + DASHES.length;
    let end = body;
    while (end - body < MAX_KEY_UNITS) {
      const found = text.at(end);
      if (found === HYPHEN && text.at(end + 1) === HYPHEN) {
        const footEnd = endOfLabel(text, end, '-----END ');
        return { start, end: footEnd === undefined ? end : footEnd + DASHES.length };
      }
      if (found < 0) break;
      end++;
    }
    return { start, end };
  },
};

/** Of `-----BEGIN LABEL-----` where the label ends. */
function endOfLabel(text: TextView, start: number, head: string): number | undefined {
  for (let index = 0; index < head.length; index++) if (text.at(start + index) !== head.charCodeAt(index)) return undefined;
  let end = start + head.length;
  while (end - start < MAX_LABEL_UNITS && (isAsciiUpper(text.at(end)) || text.at(end) === 32)) end++;
  for (let index = 0; index < DASHES.length; index++) if (text.at(end + index) !== HYPHEN) return undefined;
  return end;
}
