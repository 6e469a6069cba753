import { isLetter, isSpace, unitsOf } from '../text/chars';
import { PhraseTrie } from '../text/phrase-trie';
import type { TextView } from '../text/text-window';
import type { Detector, Span } from './detector';

const PASSWORD = 1;
const NAMES = new PhraseTrie();
/** What may be no more than a word: its value must look like chance. */
const KEY_NAMES = [
  'api_key',
  'api-key',
  'apikey',
  'api key',
  'access_key',
  'access key',
  'accesskey',
  'secret_key',
  'secret key',
  'secretkey',
  'secret',
  'token',
  'access_token',
  'auth_token',
  'refresh_token',
  'client_secret',
  'client secret',
  'private_key',
  'signing_key',
  'encryption_key',
  'account_key',
  'accountkey',
  'shared_access_key',
  'sharedaccesskey',
  'x-api-key',
  'authorization: bearer',
  'authorization: basic',
  'bearer',
];
/** What people choose: shorter, and less of chance. */
const PASSWORD_NAMES = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'passwort',
  'kennwort',
  'mot de passe',
  'contraseña',
  'password is',
  'passwort ist',
  'wachtwoord',
  'senha',
];
KEY_NAMES.forEach((name) => NAMES.add(name, 0));
PASSWORD_NAMES.forEach((name) => NAMES.add(name, PASSWORD));

const MAX_GAP_UNITS = 12;
const GAP = unitsOf(' \t"\'`:=>(-');
const MAX_VALUE_UNITS = 512;
const MIN_KEY_UNITS = 16;
const MIN_PASSWORD_UNITS = 6;
/** Shannon entropy by character of what is written with a keyboard is below, that of random base64 or hex of 20 characters above. */
const MIN_BITS_PER_UNIT = 3;
const KEY_ENDS = unitsOf(' \t\n\r"\'`,;)<>[]{}|&\\');
/** A password may have any sign: better a little too much than its end left. */
const PASSWORD_ENDS = unitsOf(' \t\n\r"\'`,;<>');
const NOT_LAST = unitsOf('.?)]}');

/** Values given to what is named a key, token, secret or password: `api_key = "…"`, `Authorization: Bearer …`, `password: …`. */
export const secret: Detector = {
  kind: 'secret',
  mayBeginWith: (first) => NAMES.mayBeginWith(first),
  matchAt(text, start) {
    // `aws_secret_access_key` ends with a name: an underscore may stand before.
    const before = text.at(start - 1);
    if (isLetter(before) && !(isLetter(text.at(start)) && isCamelStep(text, start))) return undefined;
    const name = NAMES.matchesAt(text, start).at(-1);
    if (name === undefined) return undefined;
    const value = valueAfter(text, name.end, name.id === PASSWORD ? PASSWORD_ENDS : KEY_ENDS);
    if (value === undefined) return undefined;
    const content = text.slice(value.start, value.end);
    return (name.id === PASSWORD ? isPassword(content) : isRandom(content)) ? value : undefined;
  },
};

/** `clientSecret`: the name begins with a capital after a small letter. */
function isCamelStep(text: TextView, start: number): boolean {
  const [before, here] = [text.at(start - 1), text.at(start)];
  return here >= 65 && here <= 90 && before >= 97 && before <= 122;
}

function valueAfter(text: TextView, end: number, ends: ReadonlySet<number>): Span | undefined {
  let start = end;
  let separated = false;
  while (start - end < MAX_GAP_UNITS && GAP.has(text.at(start))) {
    separated ||= text.at(start) !== 32 || isBearer(text, end);
    start++;
  }
  if (!separated || isSpace(text.at(start)) || isAfterQuote(text.slice(end, start))) return undefined;
  let valueEnd = start;
  while (valueEnd - start < MAX_VALUE_UNITS && text.at(valueEnd) >= 0 && !ends.has(text.at(valueEnd))) valueEnd++;
  while (valueEnd > start && NOT_LAST.has(text.at(valueEnd - 1))) valueEnd--;
  return valueEnd > start ? { start, end: valueEnd } : undefined;
}

/** `type="password" name="…"`: the name was itself a value, and what comes is another thing. */
function isAfterQuote(gap: string): boolean {
  return /^["'`]\s/.test(gap) && !/[:=>]/.test(gap);
}

/** After these a space is enough. */
function isBearer(text: TextView, end: number): boolean {
  return /(?:bearer|basic| is| ist)$/i.test(text.slice(Math.max(0, end - 8), end));
}

function isRandom(value: string): boolean {
  if (value.length < MIN_KEY_UNITS || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  // Calls, paths and variables: `token = request.headers.get`.
  if (/^(?:https?:|\$|process\.|os\.|env\.|arn:)|\(|\.\.|^[a-z]+(?:[._][a-z]+)+$/i.test(value)) return false;
  return entropyOf(value) >= MIN_BITS_PER_UNIT;
}

function isPassword(value: string): boolean {
  if (value.length < MIN_PASSWORD_UNITS || /^(?:\$|process\.|os\.|env\.|https?:)|\(/.test(value)) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9_.-]/].filter((one) => one.test(value)).length;
  return classes >= 3 || (classes === 2 && /\d|[^A-Za-z0-9_.-]/.test(value) && /[A-Za-z0-9]/.test(value));
}

function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
