import type { Kind } from '../../../../../../lambdas/core/safety/kinds';
import { ibanOf, luhnDigit } from './check-digits';
import { nationalIdValues, type Value } from './national-id-values';
import type { Random } from './random';

const telling = (text: string): Value => ({ text, needsContext: false });

const FIRST = [
  'Anna',
  'John',
  'María',
  'Jürgen',
  'Chloé',
  'Olena',
  'Kwame',
  'Priya',
  'Jean-Luc',
  'Sinéad',
  'Mateusz',
  'Giulia',
  'Ahmed',
  'Linh',
  'Peter',
  'Aoife',
];
const LAST = [
  'Schmidt',
  'O’Neil',
  "O'Brien",
  'García',
  'Müller',
  'Dubois',
  'Kovalenko',
  'Mensah',
  'Sharma',
  'van Dijk',
  'Kowalski',
  'Rossi',
  'de la Cruz',
  'Nguyen',
  'Smith-Jones',
  'Li',
];
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const ALPHANUMERIC = `${LOWER}${LOWER.toUpperCase()}0123456789`;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const email = (random: Random): Value => {
  const [first, last] = [
    random.of(['anna', 'john', 'maria', 'j', 'info', 'kwame']),
    random.of(['schmidt', 'garcia', 'oneil', 'li', 'mensah42']),
  ];
  const local = random.of([
    `${first}.${last}`,
    `${first}_${last}`,
    `${first}+news`,
    `${first}${random.digits(2)}`,
    `${first[0]}${last}`,
    `${first}-${last}`,
    'jörg.müller',
    "d'arcy.oneil",
  ]);
  const domain = random.of([
    'example.com',
    'mail.example.org',
    'firma.de',
    'univ-lille.fr',
    'correo.es',
    'company.co.uk',
    'münchen.de',
    'a.b.c.example.net',
    'startup.io',
    'EXAMPLE.COM',
  ]);
  return telling(`${local}@${domain}`);
};

/** National layouts by country, and the same abroad. */
const PHONES: readonly (readonly [template: string, needsContext: boolean])[] = [
  ['+1 (4##) 5##-####', false],
  ['+1-2##-5##-####', false],
  ['(3##) 5##-####', false],
  ['7##-2##-####', false],
  ['6##.3##.####', false],
  ['+44 20 7### ####', false],
  ['+44 (0)20 7946 0###', false],
  ['07### ######', false],
  ['+49 30 ########', false],
  ['+49 (0) 89 / 12345##', false],
  ['+49 171 #######', false],
  ['030 ########', true],
  ['0171/#######', true],
  ['+33 6 ## ## ## ##', false],
  ['06 ## ## ## ##', false],
  ['01.##.##.##.##', false],
  ['+34 6## ## ## ##', false],
  ['6## ### ###', true],
  ['+39 06 ########', false],
  ['+55 11 9####-####', false],
  ['(11) 9####-####', false],
  ['+91 98### #####', false],
  ['98### #####', true],
  ['+81 90-####-####', false],
  ['090-####-####', false],
  ['+82 10-####-####', false],
  ['010-####-####', false],
  ['+86 138 #### ####', false],
  ['+31 6 ########', false],
  ['+48 6## ### ###', false],
  ['+46 70 ### ## ##', false],
  ['+971 50 ### ####', false],
  ['+61 4## ### ###', false],
  ['0049 30 #######', false],
  ['+14155552###', false],
];

const phone = (random: Random): Value => {
  const [template, needsContext] = random.of(PHONES);
  return { text: random.fill(template), needsContext };
};

const card = (random: Random): Value => {
  const [prefix, length, groups] = random.of([
    ['4', 16, /(....)(....)(....)(....)/],
    [String(random.int(51, 55)), 16, /(....)(....)(....)(....)/],
    [String(random.int(2221, 2720)), 16, /(....)(....)(....)(....)/],
    [random.of(['34', '37']), 15, /(....)(......)(.....)/],
    ['6011', 16, /(....)(....)(....)(....)/],
    ['36', 14, /(....)(......)(....)/],
    ['3530', 16, /(....)(....)(....)(....)/],
    ['62', 16, /(....)(....)(....)(....)/],
  ] as const);
  const body = prefix + random.digits(length - prefix.length - 1);
  const number = body + luhnDigit(body);
  const grouped = (separator: string) => (groups.exec(number)?.slice(1) ?? []).join(separator);
  return telling(random.of([number, grouped(' '), grouped('-')]));
};

const iban = (random: Random): Value => {
  const [country, account] = random.of([
    ['DE', random.digits(18)],
    ['GB', `${random.of(['NWBK', 'BARC', 'LOYD'])}${random.digits(14)}`],
    ['FR', `${random.digits(10)}${random.text('0123456789ABCDEFG', 11)}${random.digits(2)}`],
    ['ES', random.digits(20)],
    ['IT', `X${random.digits(10)}${random.text('0123456789AB', 12)}`],
    ['NL', `ABNA${random.digits(10)}`],
    ['NO', random.digits(11)],
    ['MT', `MALT${random.digits(5)}${random.text('0123456789MLTCAS', 18)}`],
    ['CH', random.digits(17)],
    ['PL', random.digits(24)],
    ['SA', random.digits(20)],
  ] as const);
  const number = ibanOf(country, account);
  return telling(random.of([number, number.replace(/(.{4})(?=.)/g, '$1 '), number.toLowerCase()]));
};

const ip = (random: Random): Value =>
  telling(
    random.of([
      `${random.int(1, 126)}.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}`,
      `192.168.${random.int(0, 255)}.${random.int(1, 254)}`,
      `2001:db8:${random.text('123456789abcdef', 4)}::${random.text('123456789abcdef', 2)}`,
      `fe80::${random.text('123456789', 1)}${random.text('0123456789abcdef', 3)}:${random.text('123456789', 1)}ff:fe${random.digits(2)}:${random.text('123456789', 1)}234`,
      Array.from({ length: 8 }, () => random.text('0123456789abcdef', 4)).join(':'),
    ]),
  );

const person = (random: Random): Value => telling(`${random.of(FIRST)} ${random.of(LAST)}`);

const address = (random: Random): Value => {
  const number = random.int(1, 399);
  const english = `${number} ${random.of(['Elm', 'Oak Tree', 'Martin Luther King', 'Baker', '5th', 'North Main', 'St. James'])} ${random.of(['Street', 'St', 'Avenue', 'Ave', 'Road', 'Lane', 'Drive', 'Blvd'])}`;
  return telling(
    random.of([
      english,
      `${english}, Springfield, IL ${random.digits(5)}`,
      `${random.of(['Haupt', 'Bahnhof', 'Garten', 'Schiller'])}straße ${number}`,
      `${random.of(['Berliner', 'Neue'])} Str. ${number}`,
      `${random.of(['Linden', 'Kastanien'])}allee ${number}, ${random.int(10, 99)}${random.digits(3)} ${random.of(['Berlin', 'Köln'])}`,
      `${number} rue de la ${random.of(['Paix', 'République'])}`,
      `${number}, avenue ${random.of(['Victor Hugo', 'Jean Jaurès'])}`,
      `Calle ${random.of(['Mayor', 'de Alcalá', 'Gran Vía'])}, ${number}`,
      `Via ${random.of(['Roma', 'Giuseppe Verdi', 'dei Mille'])} ${number}`,
      `${random.of(['Kerk', 'Dorps'])}straat ${number}`,
    ]),
  );
};

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const token = (random: Random): Value =>
  telling(
    random.of([
      `sk-${random.text(ALPHANUMERIC, 46)}9`,
      `sk_live_${random.text(ALPHANUMERIC, 23)}7`,
      `ghp_${random.text(ALPHANUMERIC, 35)}1`,
      `github_pat_${random.text(ALPHANUMERIC, 22)}_${random.text(ALPHANUMERIC, 58)}2`,
      `glpat-${random.text(ALPHANUMERIC, 19)}3`,
      `xoxb-${random.digits(12)}-${random.digits(12)}-${random.text(ALPHANUMERIC, 24)}`,
      `AIza${random.text(ALPHANUMERIC, 34)}4`,
      `npm_${random.text(ALPHANUMERIC, 35)}5`,
    ]),
  );

const jwt = (random: Random): Value => {
  const head = base64url({ alg: random.of(['HS256', 'RS256', 'ES256']), typ: 'JWT' });
  return telling(
    `${head}.${base64url({ sub: random.digits(10), name: 'x', iat: random.int(1_500_000_000, 1_900_000_000) })}.${random.text(ALPHANUMERIC, random.of([43, 86, 342]))}`,
  );
};

const privateKey = (random: Random): Value => {
  const label = random.of(['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ']);
  const lines = Array.from({ length: random.int(3, 25) }, () => random.text(`${ALPHANUMERIC}+/`, 64)).join('\n');
  return telling(`-----BEGIN ${label}PRIVATE KEY-----\n${lines}\n-----END ${label}PRIVATE KEY-----`);
};

const secret = (random: Random): Value =>
  telling(random.of([random.text(ALPHANUMERIC, 32), random.text('0123456789abcdef', 40), random.text(`${ALPHANUMERIC}+/`, 40)]));

/** A valid value of each kind, in one of the ways it is written. */
export const valueOf: Readonly<Record<Kind, (random: Random) => Value>> = {
  email,
  phone,
  card,
  iban,
  ip,
  person,
  address,
  ...nationalIdValues,
  aws_key: (random) => telling(`${random.of(['AKIA', 'ASIA'])}${random.text(BASE32, 16)}`),
  api_token: token,
  jwt,
  private_key: privateKey,
  secret,
};
