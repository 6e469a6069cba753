import type { Kind } from '../kinds';
import { isAsciiAlphanumeric, isAsciiUpper, isDigit, isWord, unit } from '../text/chars';
import type { TextView } from '../text/text-window';
import type { Detector } from './detector';

const isTokenUnit = (found: number): boolean => isAsciiAlphanumeric(found) || found === 95 || found === 45;
const isBase32Upper = (found: number): boolean => isAsciiUpper(found) || (isDigit(found) && found >= 50 && found <= 55);

interface TokenFormat {
  readonly prefix: string;
  /** Of what follows the prefix; `max` where the format says so, else a bound. */
  readonly min: number;
  readonly max: number;
  readonly body?: (unit: number) => boolean;
}

const MAX_TOKEN_UNITS = 512;
const open = (prefix: string, min: number): TokenFormat => ({ prefix, min, max: MAX_TOKEN_UNITS });

/** Ids of access keys, of long-term and temporary credentials. */
const AWS_FORMATS: readonly TokenFormat[] = ['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => ({
  prefix,
  min: 16,
  max: 16,
  body: isBase32Upper,
}));

/** Prefixes that issuers of tokens put before them so that they are found. */
const TOKEN_FORMATS: readonly TokenFormat[] = [
  open('sk-', 20),
  open('sk_live_', 16),
  open('sk_test_', 16),
  open('rk_live_', 16),
  open('rk_test_', 16),
  open('whsec_', 24),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => open(prefix, 36)),
  open('github_pat_', 40),
  open('glpat-', 20),
  ...['xoxb-', 'xoxa-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'].map((prefix) => open(prefix, 20)),
  { prefix: 'AIza', min: 35, max: 35 },
  open('npm_', 36),
  open('hf_', 30),
  open('pypi-', 50),
  open('dop_v1_', 60),
  { prefix: 'SG.', min: 60, max: 80, body: (found) => isTokenUnit(found) || found === 46 },
];

export const awsKey = tokenDetector('aws_key', AWS_FORMATS);
export const apiToken = tokenDetector('api_token', TOKEN_FORMATS);

function tokenDetector(kind: Kind, formats: readonly TokenFormat[]): Detector {
  const firsts = new Set(formats.map(({ prefix }) => unit(prefix)));
  return {
    kind,
    onlyAtWordStart: true,
    mayBeginWith: (first) => firsts.has(first),
    matchAt(text, start) {
      if (isWord(text.at(start - 1))) return undefined;
      for (const format of formats) {
        const end = endOfToken(text, start, format);
        if (end !== undefined) return { start, end };
      }
      return undefined;
    },
  };
}

function endOfToken(text: TextView, start: number, { prefix, min, max, body = isTokenUnit }: TokenFormat): number | undefined {
  for (let index = 0; index < prefix.length; index++) if (text.at(start + index) !== prefix.charCodeAt(index)) return undefined;
  const from = start + prefix.length;
  let end = from;
  while (end - from < max && body(text.at(end))) end++;
  if (end - from < min || (max < MAX_TOKEN_UNITS && isWord(text.at(end)))) return undefined;
  // Words joined by hyphens are no token: it has a digit or capitals.
  return /[0-9A-Z]/.test(text.slice(from, end)) ? end : undefined;
}

const DOT = 46;
const MAX_JWT_PART_UNITS = 4096;
/** `{"` in base64: each part but the last is a JSON object. */
const JSON_START = 'eyJ';

/** JSON web tokens and encrypted ones: parts of base64url joined by dots, of which the first is a JSON object. */
export const jwt: Detector = {
  kind: 'jwt',
  onlyAtWordStart: true,
  mayBeginWith: (first) => first === unit('e'),
  matchAt(text, start) {
    if (isTokenUnit(text.at(start - 1))) return undefined;
    for (let index = 0; index < JSON_START.length; index++) if (text.at(start + index) !== JSON_START.charCodeAt(index)) return undefined;
    let end = start;
    let parts = 0;
    let here = start;
    while (parts < 5) {
      const from = here;
      while (here - from < MAX_JWT_PART_UNITS && isTokenUnit(text.at(here))) here++;
      // An unsigned one ends with a dot, and one encrypted with a shared key has an empty part.
      if (here - from < 4 && parts !== 1 && parts !== 2) break;
      parts++;
      end = here;
      if (text.at(here) !== DOT || (!isTokenUnit(text.at(here + 1)) && text.at(here + 1) !== DOT)) break;
      here++;
    }
    return parts >= 3 || (parts === 2 && text.at(end) === DOT) ? { start, end } : undefined;
  },
};
