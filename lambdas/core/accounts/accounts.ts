import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { asGatewayError, type GatewayError } from '../errors';
import { storeError } from '../store-error';
import { type Account, type Amount, checkAmount } from './account';
import { type Hold, holdAttribute } from './hold';
import { numbersOf, update, type Updated } from './ledger';
import { aloneRefusal, minuteRefusal, monthRefusal, type Standing } from './refusal';
import { creditShardMinute, reserveShard, reserveShardMinute, type ShardDay, settleShard } from './shard-statements';
import { createFunder } from './shards';
import { type Held, type Outlook, outlookOf } from './standing';
import { hasRates, type Rates, refundMinute, reserveMinute, reserveMonth, settleMonth, shrinkMonth } from './statements';
import { type Windows, windowsOf } from './windows';

/** What is held for one call, in all its accounts. */
export interface Reservation extends Outlook {
  readonly hold: Hold;
  readonly windows: Windows;
  /** Absent: for one call. */
  readonly lease?: LeaseTerms | undefined;
  readonly held: readonly Held[];
  /** Resolves when what the call has found empty is funded, as far as it can be; never rejects. */
  readonly funded: Promise<void>;
}

export interface ReserveRequest {
  /** Unique for each reservation: the call's id. */
  readonly id: string;
  /** From the narrowest. */
  readonly accounts: readonly Account[];
  readonly worst: Amount;
  /** Of what is not for one call but to be handed out to many; absent: for one. Of accounts without shards. */
  readonly lease?: LeaseTerms;
}

export interface LeaseTerms {
  /** Requests that it takes from each account's minute. */
  readonly requests: number;
  /** Epoch milliseconds: no call is let in by it from then on. */
  readonly untilMs: number;
}

/** What became of a reservation. */
export interface Taken extends Amount {
  /** Of a lease: how many of its requests were made. Absent: all. */
  readonly requests?: number;
}

/**
 * Accounts: no call without a hold on its worst case in each of them. A reservation is one round of conditional updates at the same time, one for each
 * account's month and one for its minute, so that the limit of every level holds by itself, whoever else reserves at the same moment. Of an account with
 * shards a random one is asked, and the account itself, in a second round, when that has too little.
 */
export interface Accounts {
  /**
   * Idempotent by `id`.
   *
   * @throws GatewayError `insufficient_quota` or `rate_limit_exceeded` of the narrowest account that refuses, whereupon nothing is held; or
   * `store_unavailable`, whereupon what may be held is swept.
   */
  reserve(request: ReserveRequest): Promise<Reservation>;
  /**
   * Idempotent. @param actual At most what was held.
   * @throws GatewayError `store_unavailable` or `internal_error`: the hold stays until it is swept.
   */
  settle(reservation: Reservation, actual: Taken): Promise<void>;
}

export interface LeasableAccounts extends Accounts {
  /**
   * Gives back what a lease holds of its accounts' months beyond an amount. Idempotent.
   *
   * @returns the reservation as it is from then on.
   * @throws GatewayError `store_unavailable` or `internal_error`: which of the two it is is not known, and the sweeper settles it.
   */
  shrink(reservation: Reservation, microUsd: number): Promise<Reservation>;
}

export interface AccountStores {
  /** Sends again what had no answer. */
  readonly client: DynamoDBClient;
  /** Sends nothing twice: a refund does not know itself again, and made twice it would let through what a rate forbids. */
  readonly once: DynamoDBClient;
  readonly table: string;
}

const NOTHING: Amount = { microUsd: 0, tokens: 0 };

/** @param random From 0, below 1: which shard a call asks. */
export function createAccounts(stores: AccountStores, clock: Pick<Clock, 'nowMs'>, random: () => number = Math.random): LeasableAccounts {
  const { client, once, table } = stores;
  const fund = createFunder(stores);

  async function reserve({ id, accounts, worst, lease }: ReserveRequest): Promise<Reservation> {
    checkAmount(worst);
    const nowMs = clock.nowMs();
    const windows = windowsOf(nowMs);
    const requests = lease?.requests ?? 1;
    const hold: Hold = {
      id,
      amount: worst,
      day: windows.day,
      reservedAtMs: lease?.untilMs ?? nowMs,
      ...(lease !== undefined && { isLease: true }),
    };
    for (const account of accounts) {
      // A limit that the call alone exceeds: a condition on an item that is not there yet would let it through.
      const refusal = aloneRefusal(account, worst);
      if (refusal !== undefined) throw refusal;
    }
    const funding: Promise<void>[] = [];
    const parts = accounts.flatMap((account) => {
      const shard = account.limits.shards === undefined ? undefined : Math.floor(random() * account.limits.shards);
      const reserving: Reserving = { account, shard, hold, requests, windows, nowMs, funding };
      return hasRates(account.limits) ? [holdMonth(reserving), takeMinute(reserving)] : [holdMonth(reserving)];
    });
    const ends = await Promise.allSettled(parts);
    const funded = Promise.all(funding).then(() => undefined);
    const held = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const refusal = ends.find((end) => end.status === 'rejected');
    if (refusal === undefined) return { hold, windows, lease, held, funded, ...outlookOf(held, worst, windows, nowMs) };
    await Promise.allSettled([...held.map((part) => undo(part, hold, windows, requests)), funded]);
    throw asGatewayError(refusal.reason);
  }

  interface Reserving {
    readonly account: Account;
    readonly shard: number | undefined;
    readonly hold: Hold;
    readonly requests: number;
    readonly windows: Windows;
    readonly nowMs: number;
    /** Of what was found empty. */
    readonly funding: Promise<void>[];
  }

  async function holdMonth({ account, shard, hold, windows, nowMs, funding }: Reserving): Promise<Held> {
    const attribute = holdAttribute(hold.id);
    let own: Standing = {};
    if (shard !== undefined) {
      const inShard = await update(client, reserveShard(table, shardDay(account, shard, windows), account.limits, hold));
      if (isHeld(inShard, attribute)) return { account, window: 'month', shard, ...standingOf(inShard) };
      // It has refused one attempt, and may still let in an earlier one: the call must not be held elsewhere too.
      if (inShard.isRetried) throw storeError(new Error('a shard did not answer, and is short'));
      own = numbersOf(inShard.item);
    }
    const updated = await update(client, reserveMonth({ table, account, hold, windows }));
    const of = numbersOf(updated.item);
    if (!isHeld(updated, attribute)) throw monthRefusal(account, hold.amount, of, windows, nowMs) ?? changed();
    if (shard !== undefined) funding.push(fund('day', { account, shard, windows, worst: hold.amount, own, of }));
    return { account, window: 'month', shard: undefined, ...standingOf(updated) };
  }

  async function takeMinute({ account, shard, hold, requests, windows, nowMs, funding }: Reserving): Promise<Held> {
    const { tokens } = hold.amount;
    if (shard !== undefined) {
      const inShard = await update(client, reserveShardMinute(table, { ...account, shard }, windows, tokens));
      if (inShard.isDone) return { account, window: 'minute', shard, ...standingOf(inShard) };
    }
    const updated = await update(client, reserveMinute(table, account, windows.minute, { requests, tokens }));
    const of = numbersOf(updated.item);
    if (!updated.isDone) throw minuteRefusal(account, hold.amount, of, nowMs) ?? changed();
    if (shard !== undefined) funding.push(fund('minute', { account, shard, windows, worst: hold.amount, own: {}, of }));
    return { account, window: 'minute', shard: undefined, ...standingOf(updated) };
  }

  async function undo(part: Held, hold: Hold, windows: Windows, requests: number): Promise<void> {
    if (part.window === 'month') await settleHeld(part, hold, windows, NOTHING, part.isRetried);
    else await refund(part, windows, { requests, tokens: hold.amount.tokens });
  }

  async function settleHeld({ account, shard }: Held, hold: Hold, windows: Windows, actual: Amount, isMarked: boolean): Promise<void> {
    const settling = { table, account, month: windows.month, hold, actual, isMarked };
    await update(client, shard === undefined ? settleMonth(settling) : settleShard(shardDay(account, shard, windows), settling));
  }

  /** A minute that is over needs nothing back; nor does it matter when one fails: it would have made room a little sooner. */
  async function refund({ account, shard }: Held, windows: Windows, rates: Rates): Promise<void> {
    if (windowsOf(clock.nowMs()).minute !== windows.minute) return;
    const statement =
      shard === undefined
        ? refundMinute(table, account, windows.minute, rates)
        : creditShardMinute(table, { ...account, shard }, windows.minute, rates);
    await update(once, statement);
  }

  return {
    reserve,
    async settle({ held, hold, lease, windows, funded }, actual) {
      checkAmount(actual);
      const requests = lease?.requests ?? 1;
      const unused: Rates = { requests: requests - (actual.requests ?? requests), tokens: hold.amount.tokens - actual.tokens };
      const isMarked = held.some(({ isRetried }) => isRetried);
      const months = held.filter(({ window }) => window === 'month');
      const minutes = held.filter(
        ({ window, account: { limits } }) =>
          window === 'minute' && (unused.requests > 0 || (limits.tokensPerMinute !== undefined && unused.tokens > 0)),
      );
      const settled = months.map((part) => settleHeld(part, hold, windows, actual, isMarked));
      const refunds = minutes.map((part) => refund(part, windows, unused));
      const ends = await Promise.allSettled([...settled, ...refunds, funded]);
      const failure = ends.slice(0, settled.length).find((end) => end.status === 'rejected');
      if (failure !== undefined) throw asGatewayError(failure.reason);
    },
    async shrink(reservation, microUsd) {
      const { hold, held, windows } = reservation;
      const less: Hold = { ...hold, amount: { ...hold.amount, microUsd } };
      for (const { account, window } of held) {
        if (window === 'month') await update(client, shrinkMonth(table, account, windows.month, hold, less));
      }
      return { ...reservation, hold: less };
    },
  };
}

/** @param hold The attribute by which an earlier attempt of the same update is known again. */
function isHeld({ isDone, item }: Updated, hold: string): boolean {
  return isDone || item[hold] !== undefined;
}

function standingOf({ isDone, item, isRetried }: Updated): Pick<Held, 'standing' | 'isRetried'> {
  return { standing: numbersOf(item), isRetried: isRetried || !isDone };
}

/** Nothing in the item explains why it refuses: it has changed since, or the answer left it out. The call may be tried again. */
function changed(): GatewayError {
  return storeError(new Error('the account changed meanwhile'));
}

function shardDay({ kind, id }: Account, shard: number, { month, day }: Windows): ShardDay {
  return { shard: { kind, id, shard }, month, day };
}
