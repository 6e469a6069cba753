import { type Account, type Amount, accountKey, MOST_CONCURRENT } from '../../../../../../lambdas/core/accounts/account';
import type { Reservation } from '../../../../../../lambdas/core/accounts/accounts';
import type { Item } from '../../../../../helpers/expressions';
import type { Process } from './network';

interface Claim {
  readonly held: Reservation;
  readonly process: Process;
  /** At its worst until the call is over. */
  amount: Amount;
  isUnderWay: boolean;
}

/** What calls that a model was asked for may take, or took: the model of the property, which knows nothing of holds. */
export class Claims {
  readonly #claims = new Map<string, Claim>();

  constructor(private readonly levels: readonly Account[]) {}

  dispatch(process: Process, held: Reservation): void {
    if (this.#claims.has(held.hold.id)) throw new Error(`${held.hold.id} was let in twice.`);
    this.#claims.set(held.hold.id, { held, process, amount: held.hold.amount, isUnderWay: true });
    for (const level of this.levels) this.#check(level, held);
  }

  end({ hold }: Reservation, actual: Amount): void {
    const claim = this.#claims.get(hold.id);
    if (claim === undefined) throw new Error(`${hold.id} was never let in.`);
    claim.amount = actual;
    claim.isUnderWay = false;
  }

  #check({ kind, limits }: Account, { windows }: Reservation): void {
    const all = [...this.#claims.values()];
    const month = all.filter(({ held }) => held.windows.month === windows.month);
    const day = month.filter(({ held }) => held.windows.day === windows.day);
    const minute = all.filter(({ held }) => held.windows.minute === windows.minute);
    const underWay = all.filter(({ isUnderWay, process, held }) => isUnderWay && !process.isDead && held.windows.month === windows.month);
    const claimed = {
      microUsdPerMonth: sum(month, 'microUsd'),
      microUsdPerDay: sum(day, 'microUsd'),
      requestsPerMinute: minute.length,
      tokensPerMinute: sum(minute, 'tokens'),
      concurrency: underWay.length,
    };
    for (const [name, value] of Object.entries(claimed)) {
      const limit = limits[name as keyof typeof claimed];
      if (limit !== undefined && value > limit) throw new Error(`${name} of the ${kind} is ${limit}, and calls may take ${value}.`);
    }
  }

  /** What the table says must be within the limits too, at any moment. */
  checkItem(key: string, item: Item): void {
    for (const [name, { N }] of Object.entries(item)) {
      if (name.startsWith('rest') && Number(N) < 0) throw new Error(`${name} of ${key} is ${N}.`);
    }
    const account = this.levels.find((level) => key.startsWith(`${accountKey(level)} MONTH`));
    if (account === undefined) return;
    const { microUsdPerMonth = Infinity, microUsdPerDay = Infinity, concurrency = MOST_CONCURRENT } = account.limits;
    for (const [name, { N }] of Object.entries(item)) {
      const most = /^(used|spent)$/.test(name)
        ? microUsdPerMonth
        : name === 'inflight'
          ? concurrency
          : name.startsWith('day_')
            ? microUsdPerDay
            : undefined;
      if (N === undefined || most === undefined) continue;
      if (Number(N) < 0 || Number(N) > most) throw new Error(`${name} of ${key} is ${N}, and may be ${most}.`);
    }
  }
}

function sum(claims: readonly Claim[], of: keyof Amount): number {
  return claims.reduce((total, { amount }) => total + amount[of], 0);
}
