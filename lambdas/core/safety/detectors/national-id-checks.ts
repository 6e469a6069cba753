import { ean13, isMonthAndDay, luhn, mod11And10, modulo, verhoeff, weighted } from './checksums';

/** Whether a national id, its letters and digits alone and in capitals, is one. Each after the authority that gives it out. */

export function brCpf(id: string): boolean {
  if (/^(\d)\1+$/.test(id)) return false;
  const check = (length: number): number => {
    const rest =
      (weighted(
        id,
        Array.from({ length }, (_, index) => length + 1 - index),
      ) *
        10) %
      11;
    return rest === 10 ? 0 : rest;
  };
  return check(9) === Number(id[9]) && check(10) === Number(id[10]);
}

export function caSin(id: string): boolean {
  return !/^[08]/.test(id) && luhn(id);
}

export function chAhv(id: string): boolean {
  return id.startsWith('756') && ean13(id);
}

/** GB 11643: region, day of birth, sequence, and a check character by ISO 7064 MOD 11-2. */
export function cnResidentId(id: string): boolean {
  const year = Number(id.slice(6, 10));
  if (!/^[1-8]\d{16}[\dX]$/.test(id) || year < 1900 || year > 2099 || !isMonthAndDay(Number(id.slice(10, 12)), Number(id.slice(12, 14))))
    return false;
  return '10X98765432'[weighted(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === id[17];
}

/** Of the first ten digits one stands there two or three times, the others at most once; the last one is a check digit. */
export function deTaxId(id: string): boolean {
  const counts = new Map<string, number>();
  for (const digit of id.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return id[0] !== '0' && repeated.length === 1 && (repeated[0] ?? 0) <= 3 && mod11And10(id);
}

/** DNI, and NIE, whose first letter stands for a digit. */
export function esDni(id: string): boolean {
  const number = id.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return /^\d{8}$/.test(number) && 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === id.at(-1);
}

export function frNir(id: string): boolean {
  if (!/^[123478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{8}$/.test(id)) return false;
  // Corsica: 2A counts as 19 and 2B as 18.
  const number = id.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return 97 - modulo(number, 97) === Number(id.slice(13));
}

export function inAadhaar(id: string): boolean {
  return /^[2-9]/.test(id) && verhoeff(id);
}

const CODICE_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

export function itCodiceFiscale(id: string): boolean {
  // Where two persons had the same, digits of one became letters.
  if (!/^[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]$/.test(id)) return false;
  let sum = 0;
  for (let index = 0; index < 15; index++) {
    const character = id.charAt(index);
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    sum += index % 2 === 0 ? (CODICE_ODD[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === id[15];
}

/** Those given out since October 2020 have no check digit: only the day and the digit of sex and century tell. */
export function krRrn(id: string): boolean {
  return /^[1-8]$/.test(id.charAt(6)) && isMonthAndDay(Number(id.slice(2, 4)), Number(id.slice(4, 6)));
}

export function nlBsn(id: string): boolean {
  return !/^0{2}/.test(id) && weighted(id, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
}

/** The century is added to the month: 80, 0, 20, 40, 60. */
export function plPesel(id: string): boolean {
  const check = (10 - (weighted(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10;
  return isMonthAndDay(Number(id.slice(2, 4)) % 20, Number(id.slice(4, 6))) && check === Number(id[10]);
}

/** Of people without residence (samordningsnummer) the day is 60 more. */
export function sePersonnummer(id: string): boolean {
  const short = id.slice(-10);
  return isMonthAndDay(Number(short.slice(2, 4)), Number(short.slice(4, 6)) % 60) && luhn(short);
}

export function ukNino(id: string): boolean {
  return /^[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z]\d{6}[A-D]$/.test(id) && !/^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(id);
}

export function usSsn(id: string): boolean {
  return !/^(?:000|666|9)|^.{3}00|0000$/.test(id);
}
