import { isDigit, isWord, unit } from '../text/chars';
import { endOfTemplate, hasContext, standsFreeAfter, standsFreeBefore } from '../text/template';
import type { TextView } from '../text/text-window';
import type { Detector } from './detector';
import { lengthsOf } from './phone-lengths';

const PLUS = unit('+');
const OPEN = unit('(');
const ZERO = unit('0');
const SEPARATORS = ' -./()\u00a0\u2011\u2013\u202f';
const MAX_DIGITS = 17;
const MAX_SEPARATORS_IN_A_ROW = 3;

/** Layouts that are a telephone number's alone. */
const TELLING = [
  // North America
  '(###) ###-####',
  '(###)###-####',
  '(###) ### ####',
  '###-###-####',
  '###.###.####',
  '1-###-###-####',
  '1 (###) ###-####',
  // France
  '0# ## ## ## ##',
  '0#.##.##.##.##',
  '0#-##-##-##-##',
  // United Kingdom
  '07### ######',
  '07### ### ###',
  '020 #### ####',
  '01## ### ####',
  '01### ######',
  '(020) #### ####',
  // Brazil
  '(##) #####-####',
  '(##) ####-####',
  // Japan, Korea
  '0#0-####-####',
  '0#-####-####',
];

const WORDS =
  /\b(?:tel|telephone|phone|ph|mobile|cell|cellphone|call|fax|whatsapp|text|dial|ring|reach|sms|hotline|telefon\w*|handy\w*|mobil\w*|rufnummer|anruf\w*|rückruf|t[ée]l[ée]phone|portable|appele[zr]|joignable|tel[ée]fono|m[óo]vil|celular|ll[aá]m\w*|telefone|cellulare|gsm|telefoon\w*)\b|☎|📞|電話|전화/;
/** Digits of what is a number at all where a word before says that it is one. */
const MIN_WITH_WORD = 7;

/** Telephone numbers: international ones of every country's lengths, national ones by their layout or by a word before. */
export const phone: Detector = {
  kind: 'phone',
  mayBeginWith: (first) => isDigit(first) || first === PLUS || first === OPEN,
  matchAt(text, start) {
    const first = text.at(start);
    const before = text.at(start - 1);
    if (
      first === PLUS
        ? isWord(before)
        : first === OPEN
          ? isDigit(before) || before === PLUS
          : !standsFreeBefore(text, start) || before === PLUS || before === OPEN
    )
      return undefined;
    const end = endOfInternational(text, start) ?? endOfTelling(text, start) ?? endOfNamed(text, start);
    return end === undefined ? undefined : { start, end };
  },
};

function endOfInternational(text: TextView, start: number): number | undefined {
  const plus = text.at(start) === PLUS;
  if (!plus && !(text.at(start) === ZERO && text.at(start + 1) === ZERO)) return undefined;
  const from = start + (plus ? 1 : 2);
  if (!isDigit(text.at(from)) && text.at(from) !== OPEN) return undefined;
  const run = readRun(text, from);
  const lengths = lengthsOf(run.digits);
  if (lengths === undefined) return undefined;
  const { codeDigits, min, max } = lengths;
  // The longest stretch that is long enough for the country and no longer: what follows is another number.
  return run.ends.findLast(({ digits }) => digits - codeDigits >= min && digits - codeDigits <= max)?.end;
}

function endOfTelling(text: TextView, start: number): number | undefined {
  for (const template of TELLING) {
    const end = endOfTemplate(text, start, template);
    if (end === undefined || !standsFreeAfter(text, end)) continue;
    const digits = text
      .slice(start, end)
      .replace(/\D/g, '')
      .replace(/^1(?=\d{10}$)/, '');
    // North American area and exchange codes begin with 2 to 9.
    const american = /^\D*(?:1\D+)?#?\d{3}\D+\d{3}\D\d{4}$/.test(text.slice(start, end));
    if (!american || template.startsWith('0') || /^[2-9]\d{2}[2-9]/.test(digits)) return end;
  }
  return undefined;
}

function endOfNamed(text: TextView, start: number): number | undefined {
  const run = readRun(text, start);
  const last = run.ends.findLast(({ digits }) => digits >= MIN_WITH_WORD && digits <= 15);
  if (last === undefined || (run.unbroken && run.digits.length > 15) || !hasContext(text, start, WORDS)) return undefined;
  return last.end;
}

interface Run {
  readonly digits: string;
  /** After each group, where the number may end. */
  readonly ends: readonly { readonly end: number; readonly digits: number }[];
  readonly unbroken: boolean;
}

/** Digits with what may stand between those of a telephone number. `(0)`, which is not dialled from abroad, does not count. */
function readRun(text: TextView, start: number): Run {
  let digits = '';
  const ends: { end: number; digits: number }[] = [];
  let index = start;
  let separators = 0;
  let groups = 0;
  while (digits.length <= MAX_DIGITS) {
    const found = text.at(index);
    if (isDigit(found)) {
      if (text.at(index - 1) === OPEN && found === ZERO && text.at(index + 1) === unit(')') && digits !== '') {
        index += 2;
        continue;
      }
      digits += String.fromCharCode(found);
      separators = 0;
      index++;
      const next = text.at(index);
      if (!isDigit(next)) {
        groups++;
        if (!isWord(next)) ends.push({ end: index, digits: digits.length });
      }
      continue;
    }
    if (found < 0 || separators === MAX_SEPARATORS_IN_A_ROW || !SEPARATORS.includes(String.fromCharCode(found))) break;
    separators++;
    index++;
  }
  return { digits, ends, unbroken: groups <= 1 };
}
