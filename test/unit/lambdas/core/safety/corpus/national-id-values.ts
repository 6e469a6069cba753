import type { nationalIdKinds } from '../../../../../../lambdas/core/safety/kinds';
import { codiceLetter, luhnDigit, mod11And10Digit, sumOf, verhoeffDigit } from './check-digits';
import type { Random } from './random';

export interface Value {
  readonly text: string;
  /** Whether other numbers look the same: people then say what it is. */
  readonly needsContext: boolean;
}

const telling = (text: string): Value => ({ text, needsContext: false });
const plainNumber = (text: string): Value => ({ text, needsContext: true });
const two = (value: number): string => String(value).padStart(2, '0');
const dayOf = (random: Random) => ({ year: random.int(1940, 2009), month: random.int(1, 12), day: random.int(1, 28) });

/** Of a ten-digit or an unbroken number either form. */
function either(random: Random, formatted: string, bare: string): Value {
  return random.next() < 0.6 ? telling(formatted) : plainNumber(bare);
}

/** Again, until it can be. */
function until(make: () => string | undefined): string {
  for (;;) {
    const made = make();
    if (made !== undefined) return made;
  }
}

export const nationalIdValues: Readonly<Record<(typeof nationalIdKinds)[number], (random: Random) => Value>> = {
  br_cpf: (random) => {
    const body = random.digits(9);
    const check = (digits: string) =>
      String(
        ((sumOf(
          digits,
          Array.from(digits, (_, i) => digits.length + 1 - i),
        ) *
          10) %
          11) %
          10,
      );
    const id = body + check(body) + check(body + check(body));
    return either(random, id.replace(/(...)(...)(...)(..)/, '$1.$2.$3-$4'), id);
  },
  ca_sin: (random) => {
    const body = `${random.int(1, 7)}${random.digits(7)}`;
    const id = body + luhnDigit(body);
    return random.of([
      telling(id.replace(/(...)(...)(...)/, '$1-$2-$3')),
      plainNumber(id.replace(/(...)(...)(...)/, '$1 $2 $3')),
      plainNumber(id),
    ]);
  },
  ch_ahv: (random) => {
    const body = `756${random.digits(9)}`;
    const id = body + String((10 - (sumOf(body, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10);
    return telling(random.of([id, id.replace(/(...)(....)(....)(..)/, '$1.$2.$3.$4')]));
  },
  cn_resident_id: (random) => {
    const { year, month, day } = dayOf(random);
    const body = `${random.of(['110105', '310101', '440305', '510107'])}${year}${two(month)}${two(day)}${random.digits(3)}`;
    return telling(body + '10X98765432'.charAt(sumOf(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11));
  },
  de_tax_id: (random) => {
    const digits = '0123456789'.split('');
    const body = until(() => {
      const chosen = digits.toSorted(() => random.next() - 0.5);
      chosen[random.int(1, 9)] = chosen[0] ?? '0';
      return chosen[0] === '0' ? undefined : chosen.join('');
    });
    const id = body + mod11And10Digit(body);
    return either(random, id.replace(/(..)(...)(...)(...)/, '$1 $2 $3 $4'), id);
  },
  es_dni: (random) => {
    const letter = (number: string) => 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(number) % 23);
    if (random.next() < 0.4) {
      const [first, body] = [random.int(0, 2), random.digits(7)];
      const control = letter(`${first}${body}`);
      return telling(random.of([`${'XYZ'.charAt(first)}${body}${control}`, `${'XYZ'.charAt(first)}-${body}-${control}`]));
    }
    const body = random.digits(8);
    return telling(random.of([`${body}${letter(body)}`, `${body}-${letter(body)}`]));
  },
  fr_nir: (random) => {
    const { year, month } = dayOf(random);
    const body = `${random.int(1, 2)}${two(year % 100)}${two(month)}${two(random.int(1, 95))}${random.digits(6)}`;
    const id = body + two(97 - Number(BigInt(body) % 97n));
    return telling(random.of([id, id.replace(/(.)(..)(..)(..)(...)(...)(..)/, '$1 $2 $3 $4 $5 $6 $7')]));
  },
  in_aadhaar: (random) => {
    const body = `${random.int(2, 9)}${random.digits(10)}`;
    const id = body + verhoeffDigit(body);
    return either(random, id.replace(/(....)(....)(....)/, random.of(['$1 $2 $3', '$1-$2-$3'])), id);
  },
  it_codice_fiscale: (random) => {
    const { year, month, day } = dayOf(random);
    const consonants = 'BCDFGLMNPRSTVZ';
    const body = `${random.text(consonants, 6)}${two(year % 100)}${'ABCDEHLMPRST'.charAt(month - 1)}${two(day + random.of([0, 40]))}${random.of(['H501', 'F205', 'L219', 'F839'])}`;
    const id = body + codiceLetter(body);
    return telling(random.of([id, id.toLowerCase()]));
  },
  kr_rrn: (random) => {
    const { year, month, day } = dayOf(random);
    const body = `${two(year % 100)}${two(month)}${two(day)}${random.int(1, 4)}${random.digits(5)}`;
    const id = body + String((11 - (sumOf(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10);
    return either(random, `${id.slice(0, 6)}-${id.slice(6)}`, id);
  },
  nl_bsn: (random) => {
    const id = until(() => {
      const body = `${random.int(1, 9)}${random.digits(7)}`;
      const rest = sumOf(body, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
      return rest < 10 ? body + String(rest) : undefined;
    });
    return plainNumber(random.of([id, id.replace(/(....)(..)(...)/, '$1.$2.$3')]));
  },
  pl_pesel: (random) => {
    const { year, month, day } = dayOf(random);
    const body = `${two(year % 100)}${two(month + (year >= 2000 ? 20 : 0))}${two(day)}${random.digits(4)}`;
    return plainNumber(body + String((10 - (sumOf(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10));
  },
  se_personnummer: (random) => {
    const { year, month, day } = dayOf(random);
    const body = `${two(year % 100)}${two(month)}${two(day)}${random.digits(3)}`;
    const id = body + luhnDigit(body);
    const century = String(year).slice(0, 2);
    return random.of([
      telling(`${id.slice(0, 6)}-${id.slice(6)}`),
      telling(`${century}${id.slice(0, 6)}-${id.slice(6)}`),
      plainNumber(century + id),
    ]);
  },
  uk_nino: (random) => {
    const prefix = until(() => {
      const pair = random.text('ABCEGHJKLMNPRSTWXYZ', 2);
      return /O|^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(pair) ? undefined : pair;
    });
    const [number, suffix] = [random.digits(6), random.text('ABCD', 1)];
    return telling(random.of([`${prefix}${number}${suffix}`, `${prefix} ${number.replace(/(..)(..)(..)/, '$1 $2 $3')} ${suffix}`]));
  },
  us_ssn: (random) => {
    const area = until(() => {
      const number = random.int(1, 899);
      return number === 666 ? undefined : String(number).padStart(3, '0');
    });
    const [group, serial] = [two(random.int(1, 99)), String(random.int(1, 9999)).padStart(4, '0')];
    return either(random, `${area}-${group}-${serial}`, area + group + serial);
  },
};
