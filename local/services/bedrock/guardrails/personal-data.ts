/** Kinds of personal data that have a form of their own: they are told by it, as far as one expression can. The service's own models find more, and in context. */
const KINDS = {
  EMAIL: /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g,
  IP_ADDRESS: /\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b/g,
  MAC_ADDRESS: /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/gi,
  URL: /\bhttps?:\/\/[^\s"'<>]+/gi,
  AWS_ACCESS_KEY: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  US_SOCIAL_SECURITY_NUMBER: /\b(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\b/g,
  CREDIT_DEBIT_CARD_NUMBER: /\b(?:\d[ -]?){12,18}\d\b/g,
} as const;

export type PersonalDataKind = keyof typeof KINDS;

export function isPersonalDataKind(name: unknown): name is PersonalDataKind {
  return typeof name === 'string' && Object.hasOwn(KINDS, name);
}

/** What of a kind stands in a text, in order. */
export function personalDataIn(kind: PersonalDataKind, text: string): readonly string[] {
  const found = text.match(KINDS[kind]) ?? [];
  return kind === 'CREDIT_DEBIT_CARD_NUMBER' ? found.filter(hasCheckDigit) : found;
}

/** By the formula of Luhn. */
function hasCheckDigit(number: string): boolean {
  const digits = Array.from(number.replaceAll(/\D/g, ''), Number).toReversed();
  const sum = digits.reduce((total, digit, index) => total + (index % 2 === 0 ? digit : (digit * 2) % 9 || digit), 0);
  return sum % 10 === 0;
}
