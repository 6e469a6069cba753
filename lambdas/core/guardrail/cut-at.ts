/**
 * Where to cut a text so that the first part has `limit` characters at most: after the last white space in its second half, or else between two
 * characters. @param text Longer than `limit`.
 */
export function cutAt(text: string, limit: number): number {
  for (let end = limit; end > limit / 2; end--) {
    if (isSpace(text.charCodeAt(end - 1))) return end;
  }
  return isLowSurrogate(text.charCodeAt(limit)) ? limit - 1 : limit;
}

/** The end of a text, of `limit` characters at most, from the beginning of a word on; empty where one word is longer. */
export function tailOf(text: string, limit: number): string {
  if (text.length <= limit) return text;
  for (let start = text.length - limit; start < text.length; start++) {
    if (isSpace(text.charCodeAt(start - 1))) return text.slice(start);
  }
  return '';
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0xa0 || unit === 0x3000;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
