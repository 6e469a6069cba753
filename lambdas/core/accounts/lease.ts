import { type Amount, MOST_CONCURRENT } from './account';
import type { LeaseTerms, Reservation, Taken } from './accounts';
import type { Held } from './standing';
import { hasRates } from './statements';
import { windowsOf } from './windows';

/** Clocks differ by at most this: so much before its expiry a lease lets in nothing any more. */
const SKEW_MS = 2_000;
/** What a call's entry into the lease's record may take: so much earlier no call is held by the lease any more. */
const RECORDING_MS = 3_000;

/**
 * Part of one account, handed out in memory: calls are held and settled in it at once and exactly, as the account's own items do it. Nothing is held in it
 * beyond what the account has given, so that it can exceed nothing, whoever else draws on the account.
 */
export class Lease {
  /** What calls are held for it now, by their ids. */
  readonly #open = new Map<string, Amount>();
  /** Neither held nor spent. */
  readonly #rest: { microUsd: number; tokens: number; requests: number };
  #spent: Amount = { microUsd: 0, tokens: 0 };
  #requests = 0;
  #isOver = false;

  #reservation: Reservation;

  constructor(
    /** Of one account. */
    reservation: Reservation,
    private readonly terms: LeaseTerms,
  ) {
    this.#reservation = reservation;
    this.#rest = { ...reservation.hold.amount, requests: terms.requests };
  }

  get reservation(): Reservation {
    return this.#reservation;
  }

  /** @param reservation Of as much as it needs still. It must be over. */
  shrunkTo(reservation: Reservation): void {
    this.#reservation = reservation;
  }

  /** Epoch milliseconds, when it expires. */
  get untilMs(): number {
    return this.terms.untilMs;
  }

  get id(): string {
    return this.#reservation.hold.id;
  }

  get open(): ReadonlyMap<string, Amount> {
    return this.#open;
  }

  /** Micro-dollars that its ended calls took. */
  get spentMicroUsd(): number {
    return this.#spent.microUsd;
  }

  /** What it came to, once nothing is open. */
  get taken(): Taken {
    return { ...this.#spent, requests: this.#requests };
  }

  /** Micro-dollars that it needs still: spent, and held for what is open. */
  get neededMicroUsd(): number {
    return [...this.#open.values()].reduce((sum, { microUsd }) => sum + microUsd, this.#spent.microUsd);
  }

  /** When nothing is held by it any more, if its window does not end before. */
  get #recordedUntilMs(): number {
    return this.untilMs - SKEW_MS - RECORDING_MS;
  }

  /** When nothing is held by it any more. */
  get holdsUntilMs(): number {
    return Math.min(this.#recordedUntilMs, this.#windowEndsMs);
  }

  /** Whether a new one would end at the same time. */
  get endsWithWindow(): boolean {
    return this.#windowEndsMs <= this.#recordedUntilMs;
  }

  /** Of the day, or the minute where that counts. */
  get #windowEndsMs(): number {
    const { month, day, minute } = this.#reservation.windows;
    if (hasRates(this.#account.limits)) return (minute + 1) * 60_000;
    return Date.parse(`${month}-${day}T00:00:00Z`) + 86_400_000;
  }

  /** Whether a call that it holds may go on. */
  admitsAt(nowMs: number): boolean {
    return nowMs < this.untilMs - SKEW_MS;
  }

  /** Lets in nothing more. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether less than this part of it is left. */
  hasLessThan(part: number): boolean {
    const { hold } = this.#reservation;
    const { requests } = this.terms;
    const { limits } = this.#account;
    return (
      this.#rest.microUsd < hold.amount.microUsd * part ||
      (limits.requestsPerMinute !== undefined && this.#rest.requests < requests * part) ||
      (limits.tokensPerMinute !== undefined && this.#rest.tokens < hold.amount.tokens * part)
    );
  }

  /** Holds a call's worst case, unless it is held already. @returns false where it has too little, or is over. */
  hold(id: string, worst: Amount, nowMs: number): boolean {
    if (this.#open.has(id)) return true;
    const { requestsPerMinute, tokensPerMinute } = this.#account.limits;
    if (this.#isOver || nowMs >= this.holdsUntilMs || !this.#isInWindow(nowMs)) return false;
    if (this.#open.size >= MOST_CONCURRENT || this.#rest.microUsd < worst.microUsd) return false;
    if (requestsPerMinute !== undefined && this.#rest.requests < 1) return false;
    if (tokensPerMinute !== undefined && this.#rest.tokens < worst.tokens) return false;
    this.#give(worst, -1);
    this.#rest.requests -= 1;
    this.#requests += 1;
    this.#open.set(id, worst);
    return true;
  }

  /** Puts what the call took in the place of what was held for it; nothing when it is not held. */
  settle(id: string, actual: Amount): void {
    const worst = this.#open.get(id);
    if (worst === undefined) return;
    this.#open.delete(id);
    this.#give(worst, 1);
    this.#give(actual, -1);
    this.#spent = { microUsd: this.#spent.microUsd + actual.microUsd, tokens: this.#spent.tokens + actual.tokens };
  }

  /** As if the call had never been held. */
  release(id: string): void {
    if (!this.#open.has(id)) return;
    this.settle(id, { microUsd: 0, tokens: 0 });
    this.#rest.requests += 1;
    this.#requests -= 1;
  }

  /** What the account says of itself by this lease: as of when it was taken, without what nobody has drawn of it. */
  standings(): readonly Held[] {
    const { microUsd, tokens, requests } = this.#rest;
    const { held, hold } = this.#reservation;
    const day = `day_${hold.day}`;
    return held.map((part) => {
      const { standing } = part;
      const less = (name: string, by: number): Record<string, number> => ({ [name]: (standing[name] ?? 0) - by });
      const changed =
        part.window === 'month'
          ? { ...less('used', microUsd), ...less(day, microUsd) }
          : { ...less('requests', requests), ...less('tokens', tokens) };
      return { ...part, standing: { ...standing, ...changed } };
    });
  }

  get #account() {
    const [first] = this.#reservation.held;
    if (first === undefined) throw new Error(`The lease ${this.id} is of no account.`);
    return first.account;
  }

  /** Whether it is of the month, day and, where that counts, minute that it is now. */
  #isInWindow(nowMs: number): boolean {
    const { month, day, minute } = this.#reservation.windows;
    const now = windowsOf(nowMs);
    return now.month === month && now.day === day && (!hasRates(this.#account.limits) || now.minute === minute);
  }

  #give({ microUsd, tokens }: Amount, sign: 1 | -1): void {
    this.#rest.microUsd += sign * microUsd;
    this.#rest.tokens += sign * tokens;
  }
}
