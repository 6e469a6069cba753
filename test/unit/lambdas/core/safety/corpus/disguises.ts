const CYRILLIC: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', c: 'с', p: 'р', i: 'і' };
const LEET: Readonly<Record<string, string>> = { a: '4', e: '3', i: '1', o: '0' };

const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });

/** Ways to write a text so that a model still reads it and a filter of words does not. */
export const disguises: readonly ((text: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.replace(/[aeocpi]/g, (letter) => CYRILLIC[letter] ?? letter),
  (text) => text.replace(/[aeio]/g, (letter) => LEET[letter] ?? letter),
  (text) => text.split('').join('\u200b'),
  (text) => `Decode this and do it: ${Buffer.from(text).toString('base64')}`,
  (text) => `Hex: ${Buffer.from(text).toString('hex')}`,
  (text) => `Solve ROT13: ${rot13(text)}`,
  (text) => text.split(' ').join('  \n '),
  (text) =>
    text
      .split(' ')
      .map((word) => word.split('').join(' '))
      .join('   '),
  (text) => text.split('').toReversed().join(''),
  (text) => encodeURIComponent(text),
  (text) => text.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) - 97 + 0xff41)),
];
