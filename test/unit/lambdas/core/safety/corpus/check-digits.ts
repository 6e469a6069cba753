/** Check digits computed forwards, for making valid numbers: written apart from the code that verifies them. */

export function luhnDigit(body: string): string {
  const sum = body
    .split('')
    .toReversed()
    .reduce((total, digit, index) => {
      const value = index % 2 === 0 ? Number(digit) * 2 : Number(digit);
      return total + Math.floor(value / 10) + (value % 10);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

export function sumOf(digits: string, weights: readonly number[]): number {
  return weights.map((weight, index) => weight * Number(digits[index])).reduce((a, b) => a + b, 0);
}

export function ibanOf(country: string, account: string): string {
  const numeric = `${account}${country}00`
    .split('')
    .map((character) => Number.parseInt(character, 36))
    .join('');
  return `${country}${String(98n - (BigInt(numeric) % 97n)).padStart(2, '0')}${account}`;
}

/** Verhoeff by its definition: the dihedral group D5 and powers of the permutation. */
export function verhoeffDigit(body: string): string {
  const multiply = (a: number, b: number): number => {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b - 5) % 5);
    return b < 5 ? 5 + ((((a - 5 - b) % 5) + 5) % 5) : (((a - b) % 5) + 5) % 5;
  };
  const sigma = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const power = (digit: number, times: number): number => (times === 0 ? digit : power(sigma[digit] ?? 0, times - 1));
  const check = body
    .split('')
    .toReversed()
    .reduce((c, digit, index) => multiply(c, power(Number(digit), (index + 1) % 8)), 0);
  return String(check < 5 ? (5 - check) % 5 : check);
}

export function mod11And10Digit(body: string): string {
  const product = body.split('').reduce((p, digit) => {
    const sum = (Number(digit) + p) % 10;
    return ((sum === 0 ? 10 : sum) * 2) % 11;
  }, 10);
  return String(11 - product === 10 ? 0 : 11 - product);
}

/** The value of a character in an odd place, as the letter that has it. */
const CODICE_ODD = 'BAFHJNPRTVCESULDGIMOQKWZYX';

export function codiceLetter(body: string): string {
  const sum = body.split('').reduce((total, character, index) => {
    const value = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    return total + (index % 2 === 0 ? CODICE_ODD.charCodeAt(value) - 65 : value);
  }, 0);
  return String.fromCharCode(65 + (sum % 26));
}
