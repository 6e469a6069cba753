import { type Account, accountKey, type Amount } from './account';
import type { AccountStores } from './accounts';
import { update } from './ledger';
import type { Standing } from './refusal';
import { credit, creditShardMinute, grant, grantAttribute, type ShardDay } from './shard-statements';
import { softLimit } from './standing';
import { type Rates, reserveMinute } from './statements';
import type { Windows } from './windows';

/** Calls like the one at hand that a shard is granted at most at a time. */
const CALLS = 1_000;
/**
 * Of what an account has left, all shards together are granted about this share at a time: the less there is the smaller the grants, and in the end
 * none, so that the last of a budget is drawn from the account itself.
 */
const BUDGET_SHARE = 1 / 8;
/** The same of a minute, which is soon over. */
const MINUTE_SHARE = 1 / 2;
/** Of what the account does not limit. */
const PLENTY = 1_000_000_000_000;

export interface Funding {
  readonly account: Account;
  readonly shard: number;
  readonly windows: Windows;
  readonly worst: Amount;
  /** The shard's item, as it was when it refused. */
  readonly own: Standing;
  /** The account's, as it is now that it has let the call in itself. */
  readonly of: Standing;
}

/**
 * Grants a shard more of its account's budget. The account gives first, and says how much it has given in all; the shard is then credited what it has not
 * had of that, whoever comes first. Between the two headroom is missing, never money, and the next one to fund the shard makes up for it.
 *
 * @throws GatewayError `store_unavailable` or `internal_error`.
 */
async function fundDay({ client, table }: AccountStores, funding: Funding): Promise<void> {
  const { account, shard, windows, worst, own, of } = funding;
  const at: ShardDay = { shard: { kind: account.kind, id: account.id, shard }, month: windows.month, day: windows.day };
  let granted = of[grantAttribute(at)] ?? 0;
  const had = own.granted ?? 0;
  if (granted === had) {
    // It is the calls at a time that the shard has too many of.
    if ((own.rest ?? 0) >= Math.max(1, worst.microUsd)) return;
    const microUsd = grantFor(account.limits, worst, of, windows);
    if (microUsd === undefined) return;
    const { isDone } = await update(client, grant(table, at, account.limits, granted, microUsd));
    // Or it was done, and its answer lost: whoever funds the shard next finds it.
    if (!isDone) return;
    granted += microUsd;
  }
  await update(client, credit(table, at, had, granted, isSoft(account.limits, of, windows)));
}

/** Micro-dollars; undefined when the shard's part of what is left would not do for one call. Never so much that a soft limit is crossed by it. */
function grantFor(limits: Account['limits'], { microUsd }: Amount, of: Standing, windows: Windows): number | undefined {
  const room = (limit: number | undefined, used = 0): number => {
    const soft = softLimit(limit, limits.softLimitPercent);
    const left = (limit ?? Number.POSITIVE_INFINITY) - used;
    const part = Math.floor(left * (BUDGET_SHARE / (limits.shards ?? 1)));
    return used < soft ? Math.min(part, Math.ceil(soft) - 1 - used) : part;
  };
  const most = Math.min(
    Math.max(1, microUsd) * CALLS,
    room(limits.microUsdPerMonth, of.used),
    room(limits.microUsdPerDay, of[`day_${windows.day}`]),
  );
  // Whole calls: what is less than one would lie idle.
  const calls = Math.floor(most / Math.max(1, microUsd));
  return calls < 1 ? undefined : calls * Math.max(1, microUsd);
}

function isSoft({ softLimitPercent, microUsdPerMonth, microUsdPerDay }: Account['limits'], of: Standing, windows: Windows): boolean {
  return (
    (of.used ?? 0) >= softLimit(microUsdPerMonth, softLimitPercent) ||
    (of[`day_${windows.day}`] ?? 0) >= softLimit(microUsdPerDay, softLimitPercent)
  );
}

/** The same of a minute's rates. What is lost on the way makes the minute stricter. @throws GatewayError `store_unavailable` or `internal_error`. */
async function fundMinute({ once, table }: AccountStores, { account, shard, windows, worst, of }: Funding): Promise<void> {
  const { limits } = account;
  const part = (limit: number | undefined, used = 0): number =>
    Math.floor(((limit ?? Number.POSITIVE_INFINITY) - used) * (MINUTE_SHARE / (limits.shards ?? 1)));
  const asked: Rates = {
    requests: Math.min(CALLS, part(limits.requestsPerMinute, of.requests)),
    tokens: limits.tokensPerMinute === undefined ? 0 : Math.min(worst.tokens * CALLS, part(limits.tokensPerMinute, of.tokens)),
  };
  if (asked.requests < 1 || (limits.tokensPerMinute !== undefined && asked.tokens < worst.tokens)) return;
  const { isDone } = await update(once, reserveMinute(table, account, windows.minute, asked));
  if (!isDone) return;
  const credited = { ...asked, tokens: limits.tokensPerMinute === undefined ? PLENTY : asked.tokens };
  await update(once, creditShardMinute(table, { ...account, shard }, windows.minute, credited));
}

/**
 * Funds shards while the calls that have found them empty go on; many of one process that find the same fund it once. What it returns never rejects: a shard
 * that is not funded is asked in vain once more.
 */
export function createFunder(stores: AccountStores): (what: 'day' | 'minute', funding: Funding) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  return (what, funding) => {
    const { account, shard, windows } = funding;
    const key = `${what} ${windows.month} ${windows.day} ${windows.minute} ${accountKey({ ...account, shard })}`;
    const work = underWay.get(key) ?? (what === 'day' ? fundDay : fundMinute)(stores, funding).catch(() => undefined);
    underWay.set(key, work);
    return work.finally(() => underWay.delete(key));
  };
}
