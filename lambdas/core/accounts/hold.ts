import type { Amount } from './account';

/** What is held for one call, or by a lease for many, in an account's month, until it is settled. */
export interface Hold {
  readonly id: string;
  readonly amount: Amount;
  /** Of the month: `21` */
  readonly day: string;
  /** Epoch milliseconds, by the clock of whoever reserved: since when no other call is let in by it. Of a lease: when it expires. */
  readonly reservedAtMs: number;
  /** What it is settled to, when its process has died, is found by its calls. */
  readonly isLease?: true;
  /** What is left where a hold was that may have been sent twice: the second would be a hold again when it comes late. */
  readonly isSettled?: true;
}

const PREFIX = 'h_';
const SETTLED = 'settled';
const LEASE = 'lease';

/** The attribute that a hold is. */
export function holdAttribute(id: string): string {
  return PREFIX + id;
}

/** Compact: an account's item is written with every call, and paid by its size. */
export function formatHold({ amount, day, reservedAtMs, isLease, isSettled }: Hold): string {
  return [amount.microUsd, amount.tokens, day, reservedAtMs, ...(isLease ? [LEASE] : []), ...(isSettled ? [SETTLED] : [])].join(' ');
}

/** Undefined for an attribute that is no hold. @throws Error for one that cannot be read: what is held must not look like nothing. */
export function parseHold(attribute: string, value: unknown): Hold | undefined {
  if (!attribute.startsWith(PREFIX)) return undefined;
  const parts = typeof value === 'string' ? value.split(' ') : [];
  const [microUsd, tokens, reservedAtMs] = [parts[0], parts[1], parts[3]].map(Number) as [number, number, number];
  const [, , day = ''] = parts;
  const marks = parts.slice(4).join(' ');
  const isLease = marks.startsWith(LEASE);
  const isSettled = marks.endsWith(SETTLED);
  const isKnown = ['', LEASE, SETTLED, `${LEASE} ${SETTLED}`].includes(marks);
  if (!isKnown || ![microUsd, tokens, reservedAtMs].every(Number.isSafeInteger) || !/^\d\d$/.test(day)) {
    throw new Error(`The hold ${attribute} cannot be read: ${JSON.stringify(value)}.`);
  }
  return {
    id: attribute.slice(PREFIX.length),
    amount: { microUsd, tokens },
    day,
    reservedAtMs,
    ...(isLease && { isLease }),
    ...(isSettled && { isSettled }),
  };
}
