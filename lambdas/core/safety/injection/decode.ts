/** What a text says in a code that models read as well: each reading is looked at like the text itself. */

const BASE64 = /[A-Za-z0-9+/_-]{20,4096}={0,2}/g;
const HEX = /(?:[0-9a-f]{2}[\s:]?){12,2048}/gi;
const MAX_SEGMENTS = 50;

export interface Reading {
  readonly code: 'base64' | 'hex' | 'rot13' | 'reversed' | 'percent';
  readonly text: string;
}

export function readingsOf(text: string): readonly Reading[] {
  const readings: Reading[] = [
    { code: 'rot13', text: rot13(text) },
    { code: 'reversed', text: text.split('').toReversed().join('') },
  ];
  for (const segment of segmentsOf(text, BASE64)) addIfText(readings, 'base64', Buffer.from(segment, 'base64'));
  for (const segment of segmentsOf(text, HEX)) addIfText(readings, 'hex', Buffer.from(segment.replace(/[\s:]/g, ''), 'hex'));
  if ((text.match(/%[0-9a-f]{2}/gi)?.length ?? 0) >= 3) {
    readings.push({
      code: 'percent',
      text: text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    });
  }
  return readings;
}

function segmentsOf(text: string, pattern: RegExp): readonly string[] {
  const segments: string[] = [];
  for (const [segment] of text.matchAll(pattern)) {
    segments.push(segment);
    if (segments.length === MAX_SEGMENTS) break;
  }
  return segments;
}

/** Bytes that are text: nearly all of them printable. */
function addIfText(readings: Reading[], code: Reading['code'], bytes: Buffer): void {
  const text = bytes.toString('utf8');
  const printable = text.match(/[\x20-\x7e\n\t]/g)?.length ?? 0;
  if (text.length > 8 && printable >= text.length * 0.9) readings.push({ code, text });
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}
