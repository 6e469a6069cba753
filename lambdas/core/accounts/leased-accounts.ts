import { GatewayError, asGatewayError } from '../errors';
import { storeError } from '../store-error';
import { type Account, checkAmount } from './account';
import type { Accounts, Reservation, ReserveRequest } from './accounts';
import { LeaseBook, type LeasePorts, type RecordedLease } from './lease-book';
import { isLeasable } from './lease-size';
import { outlookOf } from './standing';
import { windowsOf } from './windows';

export interface LeasedAccounts extends Accounts {
  /** Gives back what no call has drawn, and settles what all calls have ended of; calls go the direct way from then on. What calls are still under way in is swept. */
  close(): Promise<void>;
}

/** Where a reservation is held. */
interface Parts {
  readonly leased: readonly Drawn[];
  /** In accounts of which there is no lease that has room. */
  readonly direct: Reservation | undefined;
}

/** Not in a weak map, for what tables keep alive: decision 0013. */
interface LeasedReservation extends Reservation {
  readonly parts: Parts;
}

interface Drawn {
  readonly account: Account;
  readonly book: LeaseBook;
  readonly taken: RecordedLease;
}

const LEFT_OVER = new Set<GatewayError['code']>(['insufficient_quota', 'rate_limit_exceeded']);

/**
 * Accounts for a process that lives long and serves many calls: it leases part of an account that calls draw on often, for half a minute, and lets
 * calls in by that in memory. A call that it lets in waits for one write, of the lease's record, which has all calls of the moment; the account's own items are
 * written when a lease is taken and when it is settled. What no lease has room for goes the direct way, as do accounts with a number of calls at a time or with shards.
 *
 * A call is settled here after its settlement's record, as `Accounts` has it: the lease's own record counts it as spent from then on.
 */
export function createLeasedAccounts(ports: LeasePorts): LeasedAccounts {
  const { accounts, clock } = ports;
  const books = new Map<string, LeaseBook>();
  /** What is to be done before the process may end. */
  const work = new Set<Promise<void>>();
  let isClosed = false;

  function track(begun: Promise<void>): void {
    const tracked = begun.finally(() => work.delete(tracked));
    work.add(tracked);
  }

  /** By its limits too: a lease is of those that it was taken under. */
  function bookOf(account: Account): LeaseBook | undefined {
    if (isClosed || !isLeasable(account.limits)) return undefined;
    const key = JSON.stringify(account);
    let book = books.get(key);
    if (book === undefined) {
      book = new LeaseBook(account, ports, track, () => books.delete(key));
      books.set(key, book);
    }
    return book;
  }

  function release(leased: readonly Drawn[], id: string): void {
    for (const { book, taken } of leased) {
      taken.lease.release(id);
      book.ended(taken);
    }
  }

  async function reserve(request: ReserveRequest): Promise<Reservation> {
    const { id, worst } = request;
    checkAmount(worst);
    const nowMs = clock.nowMs();
    const found = request.accounts.map((account) => {
      const book = bookOf(account);
      return { account, book, taken: book?.hold(id, worst, nowMs) };
    });
    const leased: readonly Drawn[] = found.flatMap(({ account, book, taken }) => (book && taken ? [{ account, book, taken }] : []));
    if (leased.length === 0) return reserveDirectly(request, found);
    const others = found.filter(({ taken }) => taken === undefined);
    // As of now: calls that come while this one waits are not its own.
    const standings = leased.flatMap(({ taken }) => taken.lease.standings());
    const [recorded, direct] = await Promise.allSettled([
      Promise.all(leased.map(({ taken }) => taken.record.write())),
      others.length === 0 ? undefined : reserveDirectly({ ...request, accounts: others.map(({ account }) => account) }, others),
    ]);
    const isLate = !leased.every(({ taken }) => taken.lease.admitsAt(clock.nowMs()));
    if (direct.status === 'fulfilled' && recorded.status === 'fulfilled' && !isLate) {
      const windows = windowsOf(nowMs);
      const held = [...standings, ...(direct.value?.held ?? [])];
      const reservation: LeasedReservation = {
        hold: direct.value?.hold ?? { id, amount: worst, day: windows.day, reservedAtMs: nowMs },
        windows,
        held,
        funded: direct.value?.funded ?? Promise.resolve(),
        ...outlookOf(held, worst, windows, nowMs),
        parts: { leased, direct: direct.value },
      };
      return reservation;
    }
    release(leased, id);
    if (direct.status === 'rejected') throw asGatewayError(direct.reason);
    if (direct.value !== undefined) await accounts.settle(direct.value, { microUsd: 0, tokens: 0 }).catch(() => undefined);
    if (recorded.status === 'rejected') throw asGatewayError(recorded.reason);
    throw storeError(new Error('the lease expired before the call was on record'));
  }

  async function reserveDirectly(
    request: ReserveRequest,
    asked: readonly { readonly account: Account; readonly book: LeaseBook | undefined }[],
  ): Promise<Reservation> {
    try {
      const reservation = await accounts.reserve(request);
      for (const { account, book } of asked) {
        book?.take(
          reservation.held.filter((part) => part.account === account),
          request.worst,
          clock.nowMs(),
        );
      }
      return reservation;
    } catch (error) {
      // What is left of the account may be what this process has leased.
      if (error instanceof GatewayError && LEFT_OVER.has(error.code)) for (const { book } of asked) book?.endAll();
      throw error;
    }
  }

  return {
    reserve,
    async settle(reservation, actual) {
      if (!isLeased(reservation)) return accounts.settle(reservation, actual);
      const { leased, direct } = reservation.parts;
      checkAmount(actual);
      for (const { book, taken } of leased) {
        taken.lease.settle(reservation.hold.id, actual);
        book.ended(taken);
      }
      if (direct !== undefined) await accounts.settle(direct, actual);
    },
    async close() {
      isClosed = true;
      for (const book of books.values()) book.close();
      // A lease that is on its way is settled when it is there.
      while (work.size > 0) await Promise.all(work);
    },
  };
}

function isLeased(reservation: Reservation): reservation is LeasedReservation {
  return 'parts' in reservation;
}
