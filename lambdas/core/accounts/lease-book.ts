import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import { describeError, type Log } from '../log';
import { type Account, accountKey, type Amount } from './account';
import type { LeasableAccounts } from './accounts';
import { Lease } from './lease';
import { forgetLeaseState, LeaseRecord, type RecordStores } from './lease-record';
import { type LeaseSize, leaseSize } from './lease-size';
import { update } from './ledger';
import type { Held } from './standing';
import { windowsOf } from './windows';

/** From when it is asked for until it expires. */
const LEASE_MS = 30_000;
/** Calls of an account in the present period before there is a lease: fewer go the direct way. */
const WARM_CALLS = 3;
/** Of what calls came in the present period or the last, the next lease is for this many times as much. */
const AHEAD = 2;
/** Below this part of the newest lease the next one is asked for, while calls go on. */
const LOW = 1 / 2;
/** So much before it lets in nothing more, too. */
const RENEW_MS = 5_000;
/** Before one is asked for again when the account had too little, or no answer came. */
const PAUSE_MS = 1_000;

export interface LeasePorts extends RecordStores {
  readonly accounts: LeasableAccounts;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Log, 'error'>;
}

/** A lease, with its record. */
export interface RecordedLease {
  readonly lease: Lease;
  readonly record: LeaseRecord;
}

/** This process's leases of one account. */
export class LeaseBook {
  /** The oldest first. Those that let nothing in any more are not among them. */
  #leases: RecordedLease[] = [];
  /** That calls of an account came in the last period of a lease's length, and in the present one. */
  #asked = { before: 0, now: 0 };
  #taking: Promise<void> | undefined;
  /** Leases that are over, until what they came to is settled. */
  readonly #ending = new Set<RecordedLease>();
  #pausedUntilMs = 0;
  #isClosed = false;

  /**
   * @param track Given what is to be done before the process may end. It never rejects.
   * @param onIdle Called when nobody has asked for a while and there is no lease.
   */
  constructor(
    private readonly account: Account,
    private readonly ports: LeasePorts,
    private readonly track: (work: Promise<void>) => void,
    private readonly onIdle: () => void,
  ) {
    this.#watch();
  }

  #watch(): void {
    this.ports.later(LEASE_MS, () => {
      this.#asked = { before: this.#asked.now, now: 0 };
      const isIdle = this.#asked.before === 0 && this.#leases.length === 0 && this.#taking === undefined;
      if (isIdle) this.onIdle();
      else this.#watch();
    });
  }

  /** Holds a call's worst case in the first lease that has room for it. */
  hold(id: string, worst: Amount, nowMs: number): RecordedLease | undefined {
    this.#asked.now += 1;
    const found = this.#leases.find(({ lease }) => lease.open.has(id)) ?? this.#leases.find(({ lease }) => lease.hold(id, worst, nowMs));
    if (found !== undefined && this.#isLow(nowMs)) this.take(found.lease.reservation.held, worst, nowMs);
    return found;
  }

  #isLow(nowMs: number): boolean {
    const newest = this.#leases.at(-1);
    if (newest === undefined || newest.lease.hasLessThan(LOW)) return true;
    return !newest.lease.endsWithWindow && nowMs >= newest.lease.holdsUntilMs - RENEW_MS;
  }

  /** Takes a lease, where there is use for one and none is on its way. @param held What the account has said of itself. */
  take(held: readonly Held[], worst: Amount, nowMs: number): void {
    if (this.#isClosed || this.#taking !== undefined || nowMs < this.#pausedUntilMs || !this.#isLow(nowMs)) return;
    const wanted = Math.max(this.#asked.before, this.#asked.now);
    if (wanted < WARM_CALLS) return;
    const size = leaseSize(held, worst, wanted * AHEAD, windowsOf(nowMs));
    if (size === undefined) return;
    this.#taking = this.#take(size, nowMs)
      .catch(() => {
        // Nothing is held, or it is swept: calls go the direct way.
        this.#pausedUntilMs = nowMs + PAUSE_MS;
      })
      .finally(() => (this.#taking = undefined));
    this.track(this.#taking);
  }

  async #take({ requests, ...worst }: LeaseSize, nowMs: number): Promise<void> {
    const { accounts, clock, later } = this.ports;
    const terms = { requests, untilMs: nowMs + LEASE_MS };
    const reservation = await accounts.reserve({ id: randomUUID(), accounts: [this.account], worst, lease: terms });
    const lease = new Lease(reservation, terms);
    const taken = { lease, record: new LeaseRecord(this.ports, lease) };
    this.#leases.push(taken);
    // It is a call that crosses a soft limit.
    const hasCrossed = reservation.crossed.length > 0;
    if (hasCrossed) this.#pausedUntilMs = nowMs + PAUSE_MS;
    if (hasCrossed || this.#isClosed) this.#end(taken);
    else later(Math.max(0, lease.holdsUntilMs - clock.nowMs()), () => this.#end(taken));
  }

  /** After a call of a lease has ended. */
  ended(of: RecordedLease): void {
    if (this.#ending.has(of) && of.lease.open.size === 0) this.track(this.#settle(of));
  }

  /** Ends all leases: what nobody has drawn of them is there for others. */
  endAll(): void {
    for (const taken of this.#leases) this.#end(taken);
  }

  /** Takes no more leases, and ends those that there are. */
  close(): void {
    this.#isClosed = true;
    this.endAll();
  }

  #end(taken: RecordedLease): void {
    if (!this.#leases.includes(taken)) return;
    this.#leases = this.#leases.filter((other) => other !== taken);
    taken.lease.end();
    if (taken.lease.open.size === 0) this.track(this.#settle(taken));
    else this.track(this.#shrink(taken));
  }

  /** Gives back what nobody can draw any more, and settles the lease when its calls have ended meanwhile. */
  async #shrink(taken: RecordedLease): Promise<void> {
    const { lease } = taken;
    const { neededMicroUsd } = lease;
    try {
      if (neededMicroUsd < lease.reservation.hold.amount.microUsd)
        lease.shrunkTo(await this.ports.accounts.shrink(lease.reservation, neededMicroUsd));
    } catch (error) {
      return this.#leave(lease, error);
    }
    this.#ending.add(taken);
    this.ended(taken);
  }

  async #settle(taken: RecordedLease): Promise<void> {
    const { lease, record } = taken;
    const { accounts, client, table, clock } = this.ports;
    this.#ending.delete(taken);
    try {
      await accounts.settle(lease.reservation, lease.taken);
    } catch (error) {
      return this.#leave(lease, error);
    }
    if (record.isWritten) await update(client, forgetLeaseState(table, lease.id, clock.nowMs())).catch(() => undefined);
  }

  /** To the sweeper. */
  #leave({ id }: Lease, error: unknown): void {
    this.ports.log.error('lease not settled', { lease: id, account: accountKey(this.account), error: describeError(error) });
  }
}
