/** Texts as a reader sees them, whatever characters they are made of. */

/** Letters of other scripts that look like those of ASCII, by what they look like. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  [
    'aаαɑ',
    'bЬв',
    'cсϲ',
    'dԁ',
    'eеє',
    'gɡ',
    'hһ',
    'iіıιӏ',
    'jј',
    'kκк',
    'lⅼ',
    'mмⅿ',
    'nոпη',
    'oоοօσ',
    'pрρ',
    'qԛ',
    'rг',
    'sѕ',
    'tтτ',
    'uυս',
    'vνѵ',
    'wԝω',
    'xхχ',
    'yуγ',
    'zᴢ',
  ].flatMap(([letter = '', ...others]) => others.map((other) => [other, letter] as const)),
);

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;
const LEET: Readonly<Record<string, string>> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' };

/** Characters between letters that no reader sees. */
export function countInvisible(text: string): number {
  return text.match(INVISIBLE)?.length ?? 0;
}

/** Small letters of ASCII where a character looks like one; accents, marks and what is not seen left out. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(INVISIBLE, '')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[\u0080-\uffff]/g, (character) => LOOKALIKES.get(character) ?? character);
}

/**
 * Words of a plain text, with punctuation left out. Of a word with figures among its letters (`1gn0re`) the letters that they stand for; of
 * letters that stand alone in a row (`i g n o r e`, `i.g.n.o.r.e`) the word that they spell.
 */
export function wordsOf(plainText: string): readonly string[] {
  const words: string[] = [];
  let spelled = '';
  let gap = 0;
  let end = 0;
  const finish = (): void => {
    words.push(...asSpelled(spelled));
    spelled = '';
  };
  for (const match of plainText.matchAll(/[\p{L}\p{N}@$]+(?:'[\p{L}]+)?|<\|?\/?[a-z_]{1,20}\|?>/gu)) {
    const word = unleet(match[0]).replaceAll("'", '');
    const distance = match.index - end;
    end = match.index + match[0].length;
    if (word.length === 1 && /\p{L}/u.test(word)) {
      // A wider gap than that between the letters is one between words: `i g n o r e   a l l`.
      if (spelled.length > 1 && distance > gap) finish();
      gap = distance;
      spelled += word;
      continue;
    }
    finish();
    words.push(word);
  }
  finish();
  return words;
}

/** A word of letters and few figures; numbers, versions and ids stay. */
function unleet(word: string): string {
  if (!/[0-9@$]/.test(word) || !/^[a-z@$][a-z0-9@$]*$|^[0134579][a-z0-9@$]*$/.test(word)) return word;
  const letters = word.replace(/[^a-z]/g, '').length;
  return letters >= 2 && letters * 2 >= word.length ? word.replace(/[013457@$]/g, (figure) => LEET[figure] ?? figure) : word;
}

/** One letter is a word, more of them spell one. */
function asSpelled(letters: string): readonly string[] {
  return letters === '' ? [] : [letters];
}
