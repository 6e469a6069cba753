import type { nationalIdKinds } from '../kinds';
import { isAsciiLetter, isDigit, unit } from '../text/chars';
import { compact, endOfTemplate, hasContext, standsFreeAfter, standsFreeBefore } from '../text/template';
import type { TextView } from '../text/text-window';
import type { Detector } from './detector';
import * as checks from './national-id-checks';

const SPACE = unit(' ');

interface Format {
  /** Ways to write it that nothing else has: what is written so and checks out is one. */
  readonly telling: readonly string[];
  /** Ways that other numbers have too: it is one where a word before says so. */
  readonly withContext: readonly string[];
  readonly words: RegExp;
  readonly isOne: (id: string) => boolean;
}

const FORMATS: Readonly<Record<(typeof nationalIdKinds)[number], Format>> = {
  br_cpf: {
    telling: ['###.###.###-##'],
    withContext: ['#########-##', '###########'],
    words: /\bcpf\b|cadastro de pessoa/,
    isOne: checks.brCpf,
  },
  ca_sin: {
    telling: ['###-###-###'],
    withContext: ['### ### ###', '#########'],
    words: /\bsin\b|\bnas\b|social insurance|assurance sociale/,
    isOne: checks.caSin,
  },
  ch_ahv: {
    telling: ['756.####.####.##', '#############'],
    withContext: ['### #### #### ##'],
    words: /\b(?:ahv|avs)\b/,
    isOne: checks.chAhv,
  },
  cn_resident_id: { telling: ['#################*'], withContext: [], words: /$/, isOne: checks.cnResidentId },
  de_tax_id: {
    telling: ['## ### ### ###'],
    withContext: ['###########'],
    words: /steuer|\bidnr|\btin\b|tax id/,
    isOne: checks.deTaxId,
  },
  es_dni: {
    telling: ['########A', '########-A', 'A#######A', 'A-#######-A', 'A-#######A'],
    withContext: ['## ### ### A', '##.###.###-A', '##.###.###A'],
    words: /\b(?:dni|nie|nif)\b|identidad/,
    isOne: checks.esDni,
  },
  fr_nir: {
    telling: ['# ## ## #* ### ### ##', '# ## ## #* ### ###-##', '######*########', '#.##.##.#*.###.###.##'],
    withContext: [],
    words: /$/,
    isOne: checks.frNir,
  },
  in_aadhaar: {
    telling: ['#### #### ####', '####-####-####'],
    withContext: ['############'],
    words: /aadha?ar|आधार|uidai|\buid\b/,
    isOne: checks.inAadhaar,
  },
  it_codice_fiscale: {
    telling: ['AAAAAA**A**A***A'],
    withContext: ['AAA AAA **A** A***A'],
    words: /codice fiscale|\bcf\b/,
    isOne: checks.itCodiceFiscale,
  },
  kr_rrn: {
    telling: ['######-#######'],
    withContext: ['#############', '###### #######'],
    words: /주민|\brrn\b|resident registration/,
    isOne: checks.krRrn,
  },
  nl_bsn: {
    telling: [],
    withContext: ['#########', '####.##.###', '### ### ###', '###.###.###'],
    words: /\bbsn\b|burgerservice|sofinummer/,
    isOne: checks.nlBsn,
  },
  pl_pesel: { telling: [], withContext: ['###########'], words: /pesel/, isOne: checks.plPesel },
  se_personnummer: {
    telling: ['######-####', '######+####', '########-####'],
    withContext: ['##########', '############'],
    words: /person-?(?:nummer|nr)|samordningsnummer/,
    isOne: checks.sePersonnummer,
  },
  uk_nino: { telling: ['AA######A', 'AA ## ## ## A', 'AA-##-##-##-A'], withContext: [], words: /$/, isOne: checks.ukNino },
  us_ssn: {
    telling: ['###-##-####'],
    withContext: ['### ## ####', '#########', '###.##.####'],
    words: /\bssn\b|social security|\bss#|\btin\b|\bitin\b/,
    isOne: checks.usSsn,
  },
};

/** Numbers that states give to people: their layout, their check digits, and a word before them where the layout alone says too little. */
export const nationalIds: readonly Detector[] = Object.entries(FORMATS).map(([kind, format]) => ({
  kind: kind as (typeof nationalIdKinds)[number],
  onlyAtWordStart: true,
  mayBeginWith: firstOf([...format.telling, ...format.withContext]),
  matchAt(text, start) {
    if (!standsFreeBefore(text, start)) return undefined;
    const endOf = (template: string): number | undefined => {
      const end = endOfTemplate(text, start, template);
      return end !== undefined && standsFreeAfter(text, end) && format.isOne(compact(text, start, end)) ? end : undefined;
    };
    for (const template of format.telling) {
      const end = endOf(template);
      if (end !== undefined && !(template.includes(' ') && isAmongGroups(text, start, end))) return { start, end };
    }
    for (const template of format.withContext) {
      const end = endOf(template);
      if (end !== undefined && hasContext(text, start, format.words)) return { start, end };
    }
    return undefined;
  },
}));

/** Whether groups of digits go on before or after: those of a longer number, of a parcel say. */
function isAmongGroups(text: TextView, start: number, end: number): boolean {
  return (text.at(start - 1) === SPACE && isDigit(text.at(start - 2))) || (text.at(end) === SPACE && isDigit(text.at(end + 1)));
}

function firstOf(templates: readonly string[]): (found: number) => boolean {
  const letters = templates.some((template) => template.startsWith('A'));
  const digits = templates.some((template) => !template.startsWith('A'));
  return (found) => (letters && isAsciiLetter(found)) || (digits && isDigit(found));
}
