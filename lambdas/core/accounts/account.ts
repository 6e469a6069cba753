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

/** Where something is kept: an account's own items, or those of one of its shards. */
export interface AccountRef extends Pick<Account, 'kind' | 'id'> {
  /** From 0. */
  readonly shard?: number | undefined;
}

export function accountKey({ kind, id, shard }: AccountRef): string {
  return shard === undefined ? `ACCOUNT#${kind}#${id}` : `SHARD#${shard}#${kind}#${id}`;
}

/** @throws Error for a key that is no account's. */
export function parseAccountKey(key: string): AccountRef {
  const [, shard, kind = '', id = ''] = /^(?:ACCOUNT|SHARD#(\d+))#(\w+)#(.*)$/s.exec(key) ?? [];
  const known = accountKinds.find((name) => name === kind);
  if (known === undefined) throw new Error(`The ledger has an item that is no account: ${key}.`);
  return { kind: known, id, shard: shard === undefined ? undefined : Number(shard) };
}

/** Calls at a time that one item lets in: with shards, each of them and the account itself (which is asked for without one) have their part. */
export function mostConcurrent({ concurrency, shards }: Account['limits'], shard?: number): number {
  if (concurrency === undefined) return MOST_CONCURRENT;
  const own: number = shards ?? 0;
  const until = (part: number): number => Math.floor((concurrency * part) / (own + 1));
  return until((shard ?? own) + 1) - until(shard ?? own);
}
