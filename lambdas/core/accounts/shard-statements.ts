import { type Account, accountKey, type AccountRef, mostConcurrent } from './account';
import { formatHold, type Hold, holdAttribute } from './hold';
import { atMost, type Key, minuteKey, monthKey, type Rates, type Settling, type Update } from './statements';
import { minuteExpiresAt, type Windows } from './windows';

/**
 * Updates of a shard's items. `DAY#<yyyy-mm-dd>`: `granted` (micro-dollars that it had from its account, of that day), `rest` (of them, neither held nor
 * spent), `spent`, `inflight`, holds and marks as an account has them, `soft` (1: its account was above its soft limit at the last grant), and `closed`
 * once the account has back what was left. `MINUTE#…`: `rest_requests`, `rest_tokens`. In the account's month `g_<shard>_<dd>` is what it has granted
 * to a shard in all, `grants` how many of those there are, and `closed_day` the last day that grants nothing more.
 */

/** A shard, and the day whose budget it serves. */
export interface ShardDay {
  readonly shard: AccountRef & { readonly shard: number };
  /** `2026-11` */
  readonly month: string;
  /** `21` */
  readonly day: string;
}

/** Days that a closed shard's item is kept. */
const KEPT_CLOSED_SECONDS = 7 * 86_400;

export function shardDayKey({ shard, month, day }: ShardDay): Key {
  return { pk: { S: accountKey(shard) }, sk: { S: `DAY#${month}-${day}` } };
}

export function grantAttribute({ shard, day }: Pick<ShardDay, 'shard' | 'day'>): string {
  return `g_${shard.shard}_${day}`;
}

/** Holds the worst case. Fails where too little is left in the shard, and where the hold is there already. */
export function reserveShard(table: string, at: ShardDay, limits: Account['limits'], hold: Hold): Update {
  return {
    TableName: table,
    Key: shardDayKey(at),
    UpdateExpression: 'SET #hold = :hold ADD rest :less, inflight :one',
    ConditionExpression: `attribute_not_exists(#hold) AND attribute_not_exists(closed) AND rest >= :micro AND ${atMost('inflight', ':free')}`,
    ExpressionAttributeNames: { '#hold': holdAttribute(hold.id) },
    ExpressionAttributeValues: {
      ':hold': { S: formatHold(hold) },
      ':micro': number(hold.amount.microUsd),
      ':less': number(-hold.amount.microUsd),
      ':one': number(1),
      ':free': number(mostConcurrent(limits, at.shard.shard) - 1),
    },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** As an account settles: the shard has back what was not needed. */
export function settleShard(at: ShardDay, { table, hold, actual, isMarked }: Omit<Settling, 'account' | 'month'>): Update {
  return {
    TableName: table,
    Key: shardDayKey(at),
    UpdateExpression: isMarked
      ? 'SET #hold = :mark ADD rest :unused, spent :spent, inflight :less, marks :one'
      : 'REMOVE #hold ADD rest :unused, spent :spent, inflight :less',
    ConditionExpression: '#hold = :hold',
    ExpressionAttributeNames: { '#hold': holdAttribute(hold.id) },
    ExpressionAttributeValues: {
      ':hold': { S: formatHold(hold) },
      ':unused': number(hold.amount.microUsd - actual.microUsd),
      ':spent': number(actual.microUsd),
      ':less': number(-1),
      ...(isMarked && { ':mark': { S: formatHold({ ...hold, isSettled: true }) }, ':one': number(1) }),
    },
  };
}

/** Takes from the account what a shard is to have. Fails where a budget would be exceeded, when someone else granted meanwhile, and when the day is closed. */
export function grant(table: string, at: ShardDay, limits: Account['limits'], granted: number, microUsd: number): Update {
  const { microUsdPerMonth, microUsdPerDay } = limits;
  const conditions = [
    granted === 0 ? 'attribute_not_exists(#grant)' : '#grant = :granted',
    '(attribute_not_exists(closed_day) OR closed_day < :dd)',
  ];
  const values: NonNullable<Update['ExpressionAttributeValues']> = { ':total': number(granted + microUsd), ':micro': number(microUsd) };
  if (granted > 0) values[':granted'] = number(granted);
  values[':dd'] = number(Number(at.day));
  if (microUsdPerMonth !== undefined) {
    conditions.push(atMost('used', ':month'));
    values[':month'] = number(microUsdPerMonth - microUsd);
  }
  if (microUsdPerDay !== undefined) {
    conditions.push(atMost('#day', ':today'));
    values[':today'] = number(microUsdPerDay - microUsd);
  }
  if (granted === 0) values[':one'] = number(1);
  return {
    TableName: table,
    Key: monthKey(at.shard, at.month),
    UpdateExpression: `SET #grant = :total ADD used :micro, #day :micro${granted === 0 ? ', grants :one' : ''}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: { '#grant': grantAttribute(at), '#day': `day_${at.day}` },
    ExpressionAttributeValues: values,
  };
}

/** Gives a shard what its account has granted in all. Known again by what the shard had before, so that it is given once. */
export function credit(table: string, at: ShardDay, before: number, granted: number, isSoft: boolean): Update {
  return {
    TableName: table,
    Key: shardDayKey(at),
    UpdateExpression: 'SET granted = :granted, soft = :soft ADD rest :more',
    ConditionExpression: `${before === 0 ? 'attribute_not_exists(granted)' : 'granted = :before'} AND attribute_not_exists(closed)`,
    ExpressionAttributeValues: {
      ...(before > 0 && { ':before': number(before) }),
      ':granted': number(granted),
      ':more': number(granted - before),
      ':soft': number(isSoft ? 1 : 0),
    },
  };
}

/** Ends what an account grants for days up to this one. Fails where a later one is closed already. */
export function closeDay(table: string, at: ShardDay): Update {
  return {
    TableName: table,
    Key: monthKey(at.shard, at.month),
    UpdateExpression: 'SET closed_day = :dd',
    ConditionExpression: 'attribute_not_exists(closed_day) OR closed_day < :dd',
    ExpressionAttributeValues: { ':dd': number(Number(at.day)) },
  };
}

/** Lets no more calls in. Fails while some are under way. */
export function closeShard(table: string, at: ShardDay, nowMs: number): Update {
  return {
    TableName: table,
    Key: shardDayKey(at),
    UpdateExpression: 'SET closed = :one, expires_at = :expires',
    ConditionExpression: 'attribute_not_exists(inflight) OR inflight = :none',
    ExpressionAttributeValues: { ':one': number(1), ':none': number(0), ':expires': number(Math.ceil(nowMs / 1000) + KEPT_CLOSED_SECONDS) },
    ReturnValues: 'ALL_NEW',
  };
}

/** Puts what a closed shard has spent in the place of what it was granted, once. */
export function settleGrant(table: string, at: ShardDay, granted: number, spent: number): Update {
  return {
    TableName: table,
    Key: monthKey(at.shard, at.month),
    UpdateExpression: 'REMOVE #grant ADD used :back, #day :back, spent :spent, grants :less',
    ConditionExpression: '#grant = :granted',
    ExpressionAttributeNames: { '#grant': grantAttribute(at), '#day': `day_${at.day}` },
    ExpressionAttributeValues: {
      ':granted': number(granted),
      ':back': number(spent - granted),
      ':spent': number(spent),
      ':less': number(-1),
    },
  };
}

/** Takes a call from what a shard has left of the minute. */
export function reserveShardMinute(table: string, shard: AccountRef, { minute }: Pick<Windows, 'minute'>, tokens: number): Update {
  return {
    TableName: table,
    Key: minuteKey(shard, minute),
    UpdateExpression: 'ADD rest_requests :minus, rest_tokens :less',
    ConditionExpression: 'rest_requests >= :one AND rest_tokens >= :asked',
    ExpressionAttributeValues: { ':one': number(1), ':minus': number(-1), ':asked': number(tokens), ':less': number(-tokens) },
    ReturnValues: 'UPDATED_NEW',
  };
}

/** Gives a shard its part of a minute, or back what a call did not need. Not to be sent twice. */
export function creditShardMinute(table: string, shard: AccountRef, minute: number, { requests, tokens }: Rates): Update {
  return {
    TableName: table,
    Key: minuteKey(shard, minute),
    UpdateExpression: 'SET expires_at = :expires ADD rest_requests :requests, rest_tokens :tokens',
    ExpressionAttributeValues: {
      ':expires': number(minuteExpiresAt(minute)),
      ':requests': number(requests),
      ':tokens': number(tokens),
    },
  };
}

function number(value: number): { N: string } {
  return { N: String(value) };
}
