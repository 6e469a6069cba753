import { type Quantity, readQuantities } from './quantities';
import { type Token, tokenize } from './tokens';
import { isKnown, weightOf } from './vocabulary';
import { capitalisedNonNames, functionWords } from './words/function-words';

/** A word that carries topic. */
export interface ContentWord {
  readonly stem: string;
  readonly weight: number;
  readonly isName: boolean;
  /** Its index among the tokens. */
  readonly index: number;
}

/** A text as the rules see it. */
export interface Reading {
  readonly tokens: readonly Token[];
  readonly quantities: readonly Quantity[];
  /** In order, without function words and quantities. */
  readonly content: readonly ContentWord[];
  /** Whether its function words are those of English, so that the rules can be trusted to see what it says. */
  readonly isEnglish: boolean;
}

/** Words that other languages with Latin letters do not have. */
const ENGLISH_SIGNS = new Set(
  (
    'the is are was were what how why when where which who can could should would will does did do have has my your of and for with from this that it there get you ' +
    'be been if or about any not they their between'
  ).split(' '),
);
const ENGLISH_SHARE = 0.1;
/** Of the words of a text without such signs: how many must be known ones. */
const KNOWN_SHARE = 0.7;
/** Of words beyond the first of their sentences: above it capitals are a style and tell no names. */
const TITLE_CASE_SHARE = 0.6;

export function readText(text: string): Reading {
  const tokens = tokenize(text);
  const { quantities, tokens: counted } = readQuantities(tokens);
  const areCapitalsNames = hasMeaningfulCapitals(tokens);
  const content: ContentWord[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || counted.has(index) || token.isForeign || isGrammar(token, areCapitalsNames)) continue;
    const isName = areCapitalsNames && isCapitalisedName(token);
    content.push({ stem: token.stem, weight: weightOf(token.stem), isName, index });
  }
  return { tokens, quantities, content, isEnglish: isEnglish(tokens) };
}

/** Function words, also with a capital; but `US` and `IT` are no pronouns. */
function isGrammar(token: Token, areCapitalsNames: boolean): boolean {
  if (token.text.length === 1 && token.text !== 'c' && token.text !== 'r')
    return !(token.capital === 'first' && !token.isSentenceStart && token.text !== 'i' && token.text !== 'a');
  if (!functionWords.has(token.text)) return false;
  return !(
    areCapitalsNames &&
    token.capital === 'all' &&
    token.text.length <= 3 &&
    token.text !== 'not' &&
    token.text !== 'off' &&
    token.text !== 'on'
  );
}

function isCapitalisedName(token: Token): boolean {
  if (token.capital === undefined || capitalisedNonNames.has(token.text)) return false;
  return !token.isSentenceStart || token.capital !== 'first';
}

function hasMeaningfulCapitals(tokens: readonly Token[]): boolean {
  const words = tokens.filter((token) => token.kind === 'word' && !token.isSentenceStart && token.text !== 'i');
  const capitalised = words.filter((token) => token.capital !== undefined).length;
  return words.length > 0 && capitalised <= Math.max(1, TITLE_CASE_SHARE * words.length);
}

function isEnglish(tokens: readonly Token[]): boolean {
  const words = tokens.filter((token) => token.kind === 'word');
  const signs = words.filter((token) => ENGLISH_SIGNS.has(token.text)).length;
  if (signs > 0 && signs >= ENGLISH_SHARE * words.length) return true;
  return words.length > 0 && words.filter((token) => !token.isForeign && isKnown(token.stem)).length >= KNOWN_SHARE * words.length;
}
