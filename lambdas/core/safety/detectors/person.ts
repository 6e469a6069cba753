import { isAsciiLetter, isLineBreak, isUpper, isWord } from '../text/chars';
import { PhraseTrie } from '../text/phrase-trie';
import type { TextView } from '../text/text-window';
import type { Detector, Span } from './detector';
import { afterSpaces, endOfCapitalized, endOfWord, FULL_STOP } from './names';

/** After these comes a name, of one word or more. */
const INTRODUCTIONS = [
  'my name is',
  'my name’s',
  "my name's",
  'name is',
  'full name:',
  'name:',
  'patient:',
  'patient name:',
  'customer:',
  'customer name:',
  'employee:',
  'applicant:',
  'contact:',
  'attn:',
  'attention:',
  'i am called',
  'mein name ist',
  'ich heiße',
  'ich heisse',
  'name des kunden:',
  'patientin:',
  'kunde:',
  'kundin:',
  "je m'appelle",
  'je m’appelle',
  'mon nom est',
  'nom :',
  'nom:',
  'me llamo',
  'mi nombre es',
  'nombre:',
  'paciente:',
  'cliente:',
  'mi chiamo',
  'il mio nome è',
  'meu nome é',
  'mijn naam is',
  'ik heet',
  'nazywam się',
  'jag heter',
];
/** After these too, where at least one of the words is not one of those that follow them without being a name. */
const TITLES = [
  'mr',
  'mrs',
  'ms',
  'miss',
  'mx',
  'dr',
  'prof',
  'sir',
  'madam',
  'herr',
  'herrn',
  'frau',
  'mme',
  'mlle',
  'monsieur',
  'madame',
  'sr',
  'sra',
  'señor',
  'señora',
  'don',
  'doña',
  'sig',
  'sig.ra',
  'signor',
  'signora',
];
/** With which letters begin and end: a name of two words or more follows. */
const SALUTATIONS = [
  'dear',
  'hello',
  'hi',
  'liebe',
  'lieber',
  'cher',
  'chère',
  'estimado',
  'estimada',
  'querido',
  'querida',
  'caro',
  'cara',
  'beste',
];
const CLOSINGS = [
  'regards,',
  'best regards,',
  'kind regards,',
  'warm regards,',
  'best wishes,',
  'best,',
  'sincerely,',
  'yours sincerely,',
  'sincerely yours,',
  'yours truly,',
  'yours faithfully,',
  'cheers,',
  'many thanks,',
  'thanks,',
  'thank you,',
  'respectfully,',
  'mit freundlichen grüßen',
  'mit freundlichen grüßen,',
  'viele grüße',
  'viele grüße,',
  'beste grüße',
  'beste grüße,',
  'cordialement,',
  'bien à vous,',
  'saludos,',
  'un saludo,',
  'atentamente,',
  'cordiali saluti,',
  'met vriendelijke groet,',
  'signed,',
  'signed:',
];

/** Places in the lists of {@link TRIGGERS}. */
const TITLE = 1;
const SALUTATION = 2;
const CLOSING = 3;

const TRIGGERS = new PhraseTrie();
[INTRODUCTIONS, TITLES, SALUTATIONS, CLOSINGS].forEach((phrases, id) => phrases.forEach((phrase) => TRIGGERS.add(phrase, id)));

const MAX_NAME_WORDS = 4;
const PARTICLES = new Set([
  'van',
  'von',
  'der',
  'den',
  'de',
  'del',
  'della',
  'di',
  'da',
  'dos',
  'du',
  'la',
  'le',
  'bin',
  'ibn',
  'al',
  'el',
  'ter',
  'ten',
  'zu',
  'y',
]);
const NOT_NAMES = new Set(
  'Sir Madam Sie Team All Everyone Customer Customers Colleague Colleagues Friend Friends Support Hiring Manager Committee Editor User Users Guest Member Members Reader Sirs Mr Mrs Ms Dr Prof The A An This That It Not There World Again Please Thanks Thank Thema Kundin Kunde Kollegen Damen Herren Client Clients Monsieur Madame Tous Equipo Cliente Clientes Señor Señora N None Null Undefined True False Unknown Required Optional String Number Santa Claus Diary God Lord Sales Service Department Engineering Marketing Product Finance Legal Security Operations Admin Administrator Board Council Company Inc Ltd GmbH'.split(
    ' ',
  ),
);

/** Names of people where the words around them tell: how people introduce, address and sign themselves. Others are not found. */
export const person: Detector = {
  kind: 'person',
  onlyAtWordStart: true,
  mayBeginWith: (first) => TRIGGERS.mayBeginWith(first),
  matchAt(text, start) {
    if (isWord(text.at(start - 1))) return undefined;
    for (const { id, end } of TRIGGERS.matchesAt(text, start).toReversed()) {
      if (isAsciiLetter(text.at(end - 1)) && isWord(text.at(end))) continue;
      const name = nameAfter(text, start, end, id);
      if (name !== undefined) return name;
    }
    return undefined;
  },
};

function nameAfter(text: TextView, start: number, end: number, trigger: number): Span | undefined {
  // `ms` after a number is a unit, and `don` a verb's beginning: a title has its capital.
  if ((trigger === TITLE || trigger === SALUTATION) && !isUpper(text.at(start))) return undefined;
  if (trigger === CLOSING) return readName(text, afterLineBreak(text, end), 2);
  const from = afterSpaces(text, trigger === TITLE && text.at(end) === FULL_STOP ? end + 1 : end);
  if (from === end) return undefined;
  return readName(text, from, trigger === SALUTATION ? 2 : 1);
}

/** Within so many line breaks and spaces. */
function afterLineBreak(text: TextView, start: number): number | undefined {
  let index = start;
  let breaks = 0;
  while (index - start < 8 && (isLineBreak(text.at(index)) || text.at(index) === 32)) {
    if (text.at(index) === 10) breaks++;
    index++;
  }
  return breaks > 0 ? index : undefined;
}

function readName(text: TextView, start: number | undefined, minWords: number): Span | undefined {
  if (start === undefined) return undefined;
  let words = 0;
  let end: number | undefined;
  let here = start;
  for (let read = 0; read < MAX_NAME_WORDS + 2 && words < MAX_NAME_WORDS; read++) {
    const wordEnd = endOfCapitalized(text, here);
    if (wordEnd === undefined) {
      // A particle counts where a name follows: `Ludwig van Beethoven`, but not `Anna de`.
      const particleEnd = endOfWord(text, here);
      if (particleEnd === here || !PARTICLES.has(text.slice(here, particleEnd))) break;
      here = afterSpaces(text, particleEnd);
      if (here === particleEnd) break;
      continue;
    }
    if (NOT_NAMES.has(text.slice(here, wordEnd))) break;
    words++;
    // An initial has its full stop, and a name may go on after it.
    const initial = wordEnd - here === 1 && text.at(wordEnd) === FULL_STOP;
    end = initial ? wordEnd + 1 : wordEnd;
    here = afterSpaces(text, end);
    if (here === end) break;
  }
  if (end === undefined || words < minWords || end - start < 2) return undefined;
  return { start, end };
}
