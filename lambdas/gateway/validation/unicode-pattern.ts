/** Characters whose escape means something, or is allowed, in a pattern of Unicode mode. */
const ESCAPABLE = /[\w^$\\.*+?()[\]{}|/]/;

/**
 * A schema's pattern as it reads in Unicode mode, in which it is matched: escapes of punctuation that mean the character itself (`\@`), which
 * that mode refuses and schemas are full of, without their backslash. Undefined for what is no regular expression then either.
 */
export function unicodePattern(pattern: string): string | undefined {
  const isEscaped = (character: string, inClass: boolean): boolean => ESCAPABLE.test(character) || (inClass && character === '-');
  let inClass = false;
  let rewritten = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] as string;
    const next = pattern[index + 1];
    if (character === '\\' && next !== undefined) {
      rewritten += isEscaped(next, inClass) ? character + next : next;
      index += 1;
      continue;
    }
    if (character === '[') inClass = true;
    if (character === ']') inClass = false;
    rewritten += character;
  }
  try {
    new RegExp(rewritten, 'u');
    return rewritten;
  } catch {
    return undefined;
  }
}
