import { sumOf } from './check-digits';
import { codeText } from './benign-code';
import { proseText } from './benign-prose';
import { Random } from './random';

/** A text in which there is nothing to be found. */
export interface Benign {
  readonly sort: string;
  readonly text: string;
}

export const BENIGN_PER_SORT = 50;

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const HEX = '0123456789abcdef';

const isbn13 = (random: Random): string => {
  const body = random.of(['978', '979']) + random.digits(9);
  return body + String((10 - (sumOf(body, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10);
};

const isbn10 = (random: Random): string => {
  const body = random.digits(9);
  return body + '0X987654321'.charAt(sumOf(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
};

const uuid = (random: Random): string => [8, 4, 4, 4, 12].map((length) => random.text(HEX, length)).join('-');
const two = (value: number): string => String(value).padStart(2, '0');
const day = (random: Random): readonly [string, string, string] => [
  String(random.int(1990, 2030)),
  two(random.int(1, 12)),
  two(random.int(1, 28)),
];

const sorts: Readonly<Record<string, (random: Random, index: number) => string>> = {
  order_number: (random) =>
    random.fill(
      random.of([
        'Where is my order ###-#######-#######?',
        'Order #######, placed last week, has not arrived.',
        'Order no. SO-########.',
        'Bestellung 10#########',
        'PO 45########',
        'order id ############',
        'Ref: #####-##/####',
      ]),
    ),
  invoice: (random) =>
    random.fill(
      random.of([
        'Invoice INV-2026-######',
        'Rechnung Nr. 2026/#####',
        'Facture n° F2026-####',
        'Credit note CN#########',
        'Account 4411-##',
      ]),
    ),
  tracking: (random) =>
    random.of([
      `Tracking 1Z${random.text(ALPHANUMERIC, 6)}${random.digits(10)}`,
      `Parcel ${random.text('ABCDEFGHJKLMNPRSTUVWXYZ', 2)}${random.digits(9)}DE is on its way.`,
      `Tracking number 9400 1${random.digits(3)} ${random.digits(4)} ${random.digits(4)} ${random.digits(4)} ${random.digits(2)}`,
    ]),
  isbn: (random) => {
    const [long, short] = [isbn13(random), isbn10(random)];
    return random.of([
      `ISBN ${long}`,
      `ISBN-13: ${long.replace(/(...)(.)(....)(....)(.)/, '$1-$2-$3-$4-$5')}`,
      `ISBN ${long.replace(/(...)(.)(..)(......)(.)/, '$1 $2 $3 $4 $5')}`,
      `ISBN-10 ${short}`,
      `The second edition (ISBN ${short.replace(/(.)(...)(.....)(.)/, '$1-$2-$3-$4')}) is out.`,
    ]);
  },
  barcode: (random) => `EAN ${isbn13(random).replace(/^97/, random.of(['40', '50', '76', '30']))}, ISSN ${random.fill('####-####')}`,
  version: (random) =>
    random.fill(
      random.of([
        'v#.#.#',
        'version 1#.#.##-rc.#',
        'Upgrade from 2.#.## to 3.#.#.',
        'Chrome/12#.0.6###.1##',
        'node 2#.1#.# and npm 1#.#.#',
        '^#.#.#',
        'Windows 10.0.19###.####',
        'linux 6.#.##-###-generic',
        'python>=3.#,<4',
        'build 2026.0#.1#.####',
      ]),
    ),
  uuid: (random) => random.of([`id ${uuid(random)}`, `{"requestId":"${uuid(random)}"}`, `/calls/${uuid(random)}/outcome`]),
  hash: (random) =>
    random.of([
      `commit ${random.text(HEX, 40)}`,
      `sha256:${random.text(HEX, 64)}`,
      `Fixed in ${random.text(HEX, 7)}.`,
      `"integrity": "sha512-${random.text(`${ALPHANUMERIC}abcdefghij+/`, 86)}=="`,
      `ETag: "${random.text(HEX, 32)}"`,
    ]),
  date: (random) => {
    const [year, month, ofMonth] = day(random);
    return random.of([
      `${year}-${month}-${ofMonth}`,
      `${ofMonth}.${month}.${year}`,
      `Due on ${month}/${ofMonth}/${year}.`,
      `${year}${month}${ofMonth}`,
      `${year}-${month}-${ofMonth}T10:${month}:${ofMonth}.${random.digits(3)}Z`,
      `between ${ofMonth}/${month}/${year} and ${ofMonth}/${month}/${Number(year) + 1}`,
    ]);
  },
  timestamp: (random) =>
    random.of([
      `"time": 17${random.digits(11)}`,
      `expires=18${random.digits(8)}`,
      `at 17${random.digits(8)}.${random.digits(6)}`,
      `took ${random.digits(3)} ms, then ${random.digits(2)}.${random.digits(3)} s`,
    ]),
  money: (random) =>
    random.fill(
      random.of([
        '$1,###,###.##',
        'EUR 12.###,##',
        '£#,###.##',
        'The total is 4###.## USD.',
        '¥1##,###',
        '1 ### ### ₽',
        '3 ### ### kr',
        'R$ 1.###,##',
        "CHF 9'###.##",
      ]),
    ),
  measure: (random) =>
    random.fill(
      random.of([
        '1###×7## px',
        '4#.####, -7#.####',
        '1## ms p99, 9# ms p50',
        '#.##e-1#',
        'pH 7.#, 3#.# °C',
        '12#/8# mmHg',
        '1920x1080@60',
        'M8 × 1.25, 40 mm',
        '3.141592653589793',
        '100 000 000 rows in 12.# s',
      ]),
    ),
  network: (random) =>
    random.of([
      Array.from({ length: 6 }, () => random.text(HEX, 2)).join(':'),
      `port ${random.int(1024, 65_535)}`,
      `10:${two(random.int(0, 59))}:${two(random.int(0, 59))}`,
      `std::vector<int>::iterator`,
      `a::b::c`,
      `HTTP/1.1 ${random.int(200, 504)}`,
      `16:9, 4:3 and 21:9`,
    ]),
  handle: (random) =>
    random.of([
      `@aws-sdk/client-s3@3.${random.int(100, 999)}.0`,
      `Thanks @kwame-mensah${random.int(1, 99)}!`,
      `actions/checkout@v${random.int(1, 6)}`,
      `@Injectable() class A${random.int(1, 99)} {}`,
      `user@localhost:~$ ls`,
      `3 apples @ ${random.int(1, 9)}.50`,
      `meet @ noon`,
    ]),
  part_number: (random) =>
    random.fill(
      random.of([
        'Part 12-####-##',
        'SKU: AB-####-XL',
        'P/N 00#-###-####A',
        'Model XPS 13 93##',
        'RAL ####',
        'DIN EN ISO 90##:20##',
        'Serial SN#########Q',
        'FCC ID: 2A#GZ-##',
        'IMEI unknown, lot ##########',
      ]),
    ),
  finance: (random) =>
    random.fill(
      random.of([
        'SWIFT DEUTDEFF',
        'ISIN US037833100#',
        'WKN 7164##',
        'VAT DE#########',
        'NASDAQ: MSFT 4##.##',
        'Q# 20##: +#.#%',
        'USt-IdNr. DE#########',
        'LEI 5493001KJTIIGC8Y1R##',
      ]),
    ),
  legal: (random) =>
    random.fill(
      random.of([
        '§ 8# Abs. # BGB',
        'Art. # GDPR',
        '42 U.S.C. § 1###',
        'Case C-###/1#',
        'RFC 9###, section #.#',
        'Az. 2 BvR ###/2#',
        '[20##] UKSC ##',
        'Directive 2016/6##/EU',
      ]),
    ),
  url: (random) =>
    random.of([
      `https://example.com/a/${random.text(HEX, 8)}?page=${random.int(1, 99)}`,
      `s3://bucket-${random.digits(6)}/year=2026/part-${random.digits(5)}.parquet`,
      `arn:aws:s3:::bucket-${random.digits(4)}`,
      `https://docs.example.org/v${random.int(1, 9)}/#section-${random.int(1, 40)}`,
      `git clone https://example.com/org/repo-${random.int(1, 99)}.git`,
    ]),
  table: (random) =>
    Array.from({ length: 4 }, () =>
      [random.int(1, 99), random.digits(3), random.digits(5), random.of(['open', 'closed'])].join(random.of([',', ' | ', '\t'])),
    ).join('\n'),
  math: (random) =>
    random.fill(
      random.of([
        '#### + #### = #####',
        '2^64 = 18446744073709551616',
        '## * ## - ###',
        '(###) / (###)',
        'f(###, ###) = ####',
        '#!, ##!',
        '1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89',
        '0.###-0.###',
      ]),
    ),
  log: (random) =>
    random.of([
      `2026-05-0${random.int(1, 9)}T10:00:0${random.int(0, 9)}Z INFO  [pid ${random.digits(5)}] request ${random.text(HEX, 16)} done in ${random.digits(3)} ms`,
      `E${random.digits(4)} retry ${random.int(1, 5)} of 5`,
      `0x${random.text(HEX, 8)} 0x${random.text(HEX, 12)}`,
      `exit code ${random.int(1, 255)}, signal ${random.int(1, 31)}`,
      `GC: ${random.digits(4)}K->${random.digits(3)}K(${random.digits(5)}K), 0.00${random.digits(5)} secs`,
    ]),
  question: (random, index) => proseText(random, index),
  story: (random, index) => proseText(random, index + 1000),
  code: (random, index) => codeText(random, index),
  config: (random, index) => codeText(random, index + 1000),
};

export function benignTexts(seed: number): readonly Benign[] {
  const random = new Random(seed);
  return Object.entries(sorts).flatMap(([sort, make]) =>
    Array.from({ length: BENIGN_PER_SORT }, (_, index) => ({ sort, text: make(random, index) })),
  );
}
