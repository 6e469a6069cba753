import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { asGatewayError, type GatewayError } from '../errors';
import { storeError } from '../store-error';
import { type Account, type AccountKind, type Amount, checkAmount } from './account';
import { type Hold, holdAttribute } from './hold';
import { minuteRefusal, monthRefusal, type Standing } from './refusal';
import { refundMinute, reserveMinute, reserveMonth, settleMonth, type Settling } from './statements';
import { remainingMs, type Windows, windowsOf } from './windows';

/** What is left of one rate, as `x-ratelimit-*` say it. */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until the minute is over. */
  readonly resetMs: number;
}

/** What is held for one call, in all its accounts. */
export interface Reservation {
  readonly hold: Hold;
  readonly windows: Windows;
  readonly accounts: readonly Account[];
  /** Of the account that has least left; undefined where no account limits it. */
  readonly requests: RateStanding | undefined;
  readonly tokens: RateStanding | undefined;
  /** Accounts whose soft limit this call has crossed; those that were above it already are not among them. */
  readonly crossed: readonly AccountKind[];
  /** Whether an account is above its soft limit now. */
  readonly isAboveSoftLimit: boolean;
  /** Whether a part of it was sent more than once: what was sent first may still be on its way. */
  readonly isRetried: boolean;
}

export interface ReserveRequest {
  /** Unique for each reservation: the call's id. */
  readonly id: string;
  /** From the narrowest. */
  readonly accounts: readonly Account[];
  readonly worst: Amount;
}

/**
 * Accounts: no call without a hold on its worst case in each of them. A reservation is one round of conditional updates at the same time, one for each
 * account's month and one for its minute, so that the limit of every level holds by itself, whoever else reserves at the same moment.
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
  settle(reservation: Reservation, actual: Amount): Promise<void>;
}

export interface AccountStores {
  /** Sends again what had no answer. */
  readonly client: DynamoDBClient;
  /** Sends nothing twice: a refund does not know itself again, and made twice it would let through what a rate forbids. */
  readonly once: DynamoDBClient;
  readonly table: string;
}

/** What the store said of one update of a reservation. */
interface Held {
  readonly standing: Standing;
  /** Whether it was sent more than once. */
  readonly isRetried: boolean;
}

const NOTHING: Amount = { microUsd: 0, tokens: 0 };

export function createAccounts({ client, once, table }: AccountStores, clock: Pick<Clock, 'nowMs'>): Accounts {
  async function reserve({ id, accounts, worst }: ReserveRequest): Promise<Reservation> {
    checkAmount(worst);
    const nowMs = clock.nowMs();
    const windows = windowsOf(nowMs);
    const hold: Hold = { id, amount: worst, day: windows.day, reservedAtMs: nowMs };
    for (const account of accounts) {
      // A limit that the call alone exceeds: a condition on an item that is not there yet would let it through.
      const refusal = monthRefusal(account, worst, {}, windows, nowMs) ?? minuteRefusal(account, worst, {}, nowMs);
      if (refusal !== undefined) throw refusal;
    }
    const parts = accounts.flatMap((account) => partsOf(account, hold, windows, nowMs));
    const ends = await Promise.allSettled(parts.map((part) => part.send()));
    const refusal = ends.find((end) => end.status === 'rejected');
    if (refusal === undefined) return reservationOf(accounts, hold, windows, nowMs, ends.flatMap(heldOf));
    await Promise.allSettled(
      parts.map(async (part, index) => {
        const end = ends[index];
        if (end?.status === 'fulfilled') await part.undo(end.value);
      }),
    );
    throw asGatewayError(refusal.reason);
  }

  interface Part {
    send(): Promise<Held>;
    undo(held: Held): Promise<unknown>;
  }

  function partsOf(account: Account, hold: Hold, windows: Windows, nowMs: number): readonly Part[] {
    const reserving = { table, account, hold, windows };
    const minute = reserveMinute(reserving);
    const month: Part = {
      send: () => update(reserveMonth(reserving), (old) => monthRefusal(account, hold.amount, old, windows, nowMs), holdAttribute(hold.id)),
      undo: ({ isRetried }) => settleHold(client, { table, account, month: windows.month, hold, actual: NOTHING, isMarked: isRetried }),
    };
    if (minute === undefined) return [month];
    const refund = { requests: 1, tokens: hold.amount.tokens };
    return [
      month,
      {
        send: () => update(minute, (old) => minuteRefusal(account, hold.amount, old, nowMs)),
        undo: () => once.send(new UpdateItemCommand(refundMinute(table, account, windows.minute, refund))),
      },
    ];
  }

  /** @param hold The attribute by which an earlier attempt of the same update is known again. */
  async function update(
    input: ConstructorParameters<typeof UpdateItemCommand>[0],
    explain: (old: Standing) => GatewayError | undefined,
    hold?: string,
  ): Promise<Held> {
    try {
      const { Attributes = {}, $metadata } = await client.send(new UpdateItemCommand(input));
      return { standing: numbersOf(Attributes), isRetried: ($metadata.attempts ?? 1) > 1 };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw storeError(error);
      const old = error.Item ?? {};
      if (hold !== undefined && old[hold] !== undefined) return { standing: numbersOf(old), isRetried: true };
      // Nothing in the item explains it: it has changed since, or the answer left it out. The call may be tried again.
      throw explain(numbersOf(old)) ?? storeError(error);
    }
  }

  return {
    reserve,
    async settle({ accounts, hold, windows, isRetried }, actual) {
      checkAmount(actual);
      const unused = hold.amount.tokens - actual.tokens;
      const settling = { table, month: windows.month, hold, actual, isMarked: isRetried };
      const month = accounts.map((account) => settleHold(client, { ...settling, account }));
      const ends = await Promise.allSettled([...month, ...accounts.map((account) => refund(account, unused))]);
      const failure = ends.slice(0, month.length).find((end) => end.status === 'rejected');
      if (failure !== undefined) throw asGatewayError(failure.reason);

      /** A minute that is over needs nothing back; nor does it matter when one fails: it would have made room a little sooner. */
      async function refund(account: Account, tokens: number): Promise<void> {
        const hasRates = account.limits.tokensPerMinute !== undefined;
        if (!hasRates || tokens <= 0 || windowsOf(clock.nowMs()).minute !== windows.minute) return;
        await once.send(new UpdateItemCommand(refundMinute(table, account, windows.minute, { requests: 0, tokens })));
      }
    },
  };
}

/** Settles one account's hold, unless it was before. @returns whether it was there. @throws GatewayError `store_unavailable` or `internal_error`. */
export async function settleHold(client: DynamoDBClient, settling: Settling): Promise<boolean> {
  try {
    await client.send(new UpdateItemCommand(settleMonth(settling)));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw storeError(error);
  }
}

function heldOf(end: PromiseSettledResult<Held>): readonly Held[] {
  return end.status === 'fulfilled' ? [end.value] : [];
}

function reservationOf(accounts: readonly Account[], hold: Hold, windows: Windows, nowMs: number, held: readonly Held[]): Reservation {
  // In the order in which the parts were made: a month for each account, and a minute where it has rates.
  const rest = held.map(({ standing }) => standing);
  const crossed: AccountKind[] = [];
  let isAboveSoftLimit = false;
  const requests: RateStanding[] = [];
  const tokens: RateStanding[] = [];
  const resetMs = remainingMs('minute', nowMs);
  for (const { kind, limits } of accounts) {
    const month = rest.shift() ?? {};
    const soft = softState(limits, hold.amount.microUsd, month, windows);
    if (soft === 'crossed') crossed.push(kind);
    isAboveSoftLimit ||= soft !== 'below';
    const { requestsPerMinute, tokensPerMinute } = limits;
    if (requestsPerMinute === undefined && tokensPerMinute === undefined) continue;
    const minute = rest.shift() ?? {};
    if (requestsPerMinute !== undefined)
      requests.push({ limit: requestsPerMinute, remaining: requestsPerMinute - (minute.requests ?? 0), resetMs });
    if (tokensPerMinute !== undefined) tokens.push({ limit: tokensPerMinute, remaining: tokensPerMinute - (minute.tokens ?? 0), resetMs });
  }
  return {
    hold,
    windows,
    accounts,
    requests: least(requests),
    tokens: least(tokens),
    crossed,
    isAboveSoftLimit,
    isRetried: held.some(({ isRetried }) => isRetried),
  };
}

function softState(limits: Account['limits'], microUsd: number, month: Standing, windows: Windows): 'below' | 'crossed' | 'above' {
  const { softLimitPercent, microUsdPerMonth, microUsdPerDay } = limits;
  if (softLimitPercent === undefined) return 'below';
  const states = [
    [microUsdPerMonth, month.used ?? 0],
    [microUsdPerDay, month[`day_${windows.day}`] ?? 0],
  ].map(([limit, used = 0]) => {
    const soft = limit === undefined ? Number.POSITIVE_INFINITY : (limit * softLimitPercent) / 100;
    if (used < soft) return 'below';
    return used - microUsd < soft ? 'crossed' : 'above';
  });
  if (states.includes('crossed')) return 'crossed';
  return states.includes('above') ? 'above' : 'below';
}

function least(standings: readonly RateStanding[]): RateStanding | undefined {
  return standings.toSorted((a, b) => a.remaining - b.remaining)[0];
}

function numbersOf(item: Readonly<Record<string, AttributeValue>>): Standing {
  return Object.fromEntries(Object.entries(item).flatMap(([name, { N }]) => (N === undefined ? [] : [[name, Number(N)]])));
}
