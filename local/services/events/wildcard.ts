const ESCAPE = '\\';

/** A wildcard pattern as its parts: the texts between the stars. */
export type Wildcard = readonly string[];

/**
 * Reads a pattern in which `*` stands for any run of characters, `\*` and `\\` for themselves.
 *
 * @throws Error for two stars in a row, and for another character after a backslash
 */
export function parseWildcard(pattern: string): Wildcard {
  const parts = [''];
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (character === '*') {
      if (pattern[index + 1] === '*') throw new Error(`consecutive wildcard characters at position ${index}`);
      parts.push('');
      continue;
    }
    let literal = character;
    if (character === ESCAPE) {
      literal = pattern[++index] ?? '';
      if (literal !== '*' && literal !== ESCAPE) throw new Error(`invalid escape character at position ${index - 1}`);
    }
    parts[parts.length - 1] += literal;
  }
  return parts;
}

/** Takes each part where it first fits: what stands between stars may stand anywhere, so the earliest place is never wrong. */
export function matchesParts(parts: Wildcard, text: string): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
