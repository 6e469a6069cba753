import { type Kind, kinds } from '../../../../../../lambdas/core/safety/kinds';
import type { Match } from '../../../../../../lambdas/core/safety/detectors/detector';
import { Random } from './random';
import { valueOf } from './values';

/** A text and what is to be found in it. */
export interface Sample {
  readonly text: string;
  readonly expected: Match;
}

export const SAMPLES_PER_KIND = 100;

/** `%` is where the value stands. Of any kind. */
const FRAMES = [
  '%',
  'Please update my record: % is correct.',
  'Could you check %? Thanks!',
  'I wrote it down as % yesterday (see ticket 4411).',
  'Bitte prüfen Sie % bis morgen.',
  'Merci de vérifier % avant lundi.',
  'Por favor, revise % cuanto antes.',
  '{"value": "%", "ok": true}',
  'a,b,c\n1,%,3\n',
  '"%"',
  '(%)',
  'Line one.\nLine two: %\nLine three.',
  '- item: %\n- other: 12',
  'The customer said: "%", and hung up.',
  '<td>%</td>',
  '| 7 | % | open |',
];

const wordsOf: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  phone: ['phone', 'Tel.', 'call me at', 'Mobil', 'téléphone', 'teléfono', 'WhatsApp', 'fax:'],
  br_cpf: ['CPF', 'meu CPF é'],
  ca_sin: ['SIN', 'social insurance number'],
  ch_ahv: ['AHV'],
  de_tax_id: ['Steuer-ID', 'IdNr.', 'Steueridentifikationsnummer'],
  in_aadhaar: ['Aadhaar', 'my Aadhaar number is'],
  kr_rrn: ['주민등록번호', 'RRN'],
  nl_bsn: ['BSN', 'burgerservicenummer'],
  pl_pesel: ['PESEL', 'numer PESEL'],
  se_personnummer: ['personnummer', 'personnr'],
  us_ssn: ['SSN', 'social security number', 'my SSN is'],
};

const WORD_FRAMES = ['@ %', 'My @: %', '@: % (confidential)', 'Customer gave @ % on the line.', 'id=7; @=%; state=open', '{"note": "@ %"}'];

/** How people introduce, address and sign themselves; the last frames say nothing, and a rule can find nothing there. */
const PERSON_FRAMES = [
  'My name is %.',
  'Hello, my name is % and I need help.',
  'Dear %,\nthank you for your letter.',
  'Thanks for the help.\n\nBest regards,\n%',
  'Mein Name ist %.',
  'Ich heiße % und habe eine Frage.',
  'Je m’appelle %.',
  'Me llamo % y vivo en Lima.',
  'Patient: %\nWard: 4',
  'Name: %',
  'Please ask Mr. % about it.',
  'Sehr geehrte Frau %,',
  'Viele Grüße\n%',
  'Mi chiamo %, buongiorno.',
  'I met % at the fair yesterday.',
  'The report was written by %.',
];
const ADDRESS_FRAMES = [
  'I live at %.',
  'Ship it to %',
  'Address: %\nPhone: none',
  'Wir wohnen in der %.',
  'J’habite au %.',
  '{"street": "%"}',
  'Meet me at % at noon.',
  'Vivo en %.',
  'from % to the station',
  '%',
];
const SECRET_FRAMES = [
  'api_key = "%"',
  'API_KEY=%',
  'export CLIENT_SECRET=%',
  '"secret": "%"',
  'Authorization: Bearer %',
  'token: %',
  "password: '%'",
  'aws_secret_access_key = %',
  '{"accessKey":"%"}',
  'x-api-key: %',
  'clientSecret: "%"',
  'my password is %',
];

export function samples(seed: number): readonly Sample[] {
  const random = new Random(seed);
  return kinds.flatMap((kind) => Array.from({ length: SAMPLES_PER_KIND }, (_, index) => sampleOf(kind, random, index)));
}

function sampleOf(kind: Kind, random: Random, index: number): Sample {
  const { text: value, needsContext } = valueOf[kind](random);
  const frame = frameFor(kind, random, index, needsContext);
  const start = frame.indexOf('%');
  const text = frame.slice(0, start) + value + frame.slice(start + 1);
  return { text, expected: { kind, start, end: start + value.length } };
}

function frameFor(kind: Kind, random: Random, index: number, needsContext: boolean): string {
  const own: Readonly<Partial<Record<Kind, readonly string[]>>> = { person: PERSON_FRAMES, address: ADDRESS_FRAMES, secret: SECRET_FRAMES };
  const frames = own[kind];
  if (frames !== undefined) return frames[index % frames.length] ?? '%';
  const words = wordsOf[kind];
  if (needsContext && words !== undefined) return random.of(WORD_FRAMES).replace('@', random.of(words));
  return FRAMES[index % FRAMES.length] ?? '%';
}
