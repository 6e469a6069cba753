import type { Limits } from '../limits';

/** Who is limited, and by whom it is paid: the levels of a call, from the narrowest. */
export const accountKinds = ['key', 'team', 'tenant', 'experiment', 'environment'] as const;
export type AccountKind = (typeof accountKinds)[number];

export interface Account {
  readonly kind: AccountKind;
  /** Unique among those of its kind. */
  readonly id: string;
  readonly limits: Limits;
}

/** What a call may take at most, or has taken. */
export interface Amount {
  /** Micro-dollars. */
  readonly microUsd: number;
  /** Input and output together. */
  readonly tokens: number;
}

/**
 * Calls under way at one time in an account that has no limit of its own: each is a few dozen bytes of the account's item, and a write is paid
 * by its size.
 */
export const MOST_CONCURRENT = 500;

/** @throws RangeError for what is no amount: a limit holds only for numbers that count. */
export function checkAmount({ microUsd, tokens }: Amount): void {
  for (const [name, value] of Object.entries({ microUsd, tokens })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new RangeError(`${name} must be a safe integer of at least 0, received ${value}`);
  }
}

export function accountKey({ kind, id }: Pick<Account, 'kind' | 'id'>): string {
  return `ACCOUNT#${kind}#${id}`;
}
