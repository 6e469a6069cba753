import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { type Account, accountKey, type AccountRef, type Amount, mostConcurrent } from './account';
import { formatHold, type Hold, holdAttribute } from './hold';
import { minuteExpiresAt, type Windows } from './windows';

/**
 * Updates of an account's items. `MONTH#<yyyy-mm>`: `used` (settled and held, of the month), `spent` (settled), `day_<dd>` (settled and held, of the
 * day), `inflight`, each open hold as `h_<id>`, and `marks`: how many of those are what settled holds left. `MINUTE#<minutes since the epoch>`: `requests`, `tokens`. A condition compares with a number that the
 * caller made of its limit, so that a limit is nowhere in the table and counts from the next call on when it is changed.
 */

export type Update = UpdateItemCommandInput;
export type Key = NonNullable<Update['Key']>;

export interface Reserving {
  readonly table: string;
  readonly account: Account;
  readonly hold: Hold;
  readonly windows: Windows;
}

export interface Settling {
  readonly table: string;
  readonly account: Pick<Account, 'kind' | 'id'>;
  readonly month: string;
  readonly hold: Hold;
  /** What the call took. */
  readonly actual: Amount;
  /** Whether the hold leaves a mark, because it may have been sent twice. */
  readonly isMarked: boolean;
}

/** Of the account itself, whatever shard of it is given. */
export function monthKey({ kind, id }: Pick<Account, 'kind' | 'id'>, month: string): Key {
  return { pk: { S: accountKey({ kind, id }) }, sk: { S: `MONTH#${month}` } };
}

/** Holds the worst case in the account's month. Fails where a limit would be exceeded, and where the hold is there already. */
export function reserveMonth({ table, account, hold, windows }: Reserving): Update {
  const { limits } = account;
  const { microUsd } = hold.amount;
  const names: Record<string, string> = { '#hold': holdAttribute(hold.id), '#day': `day_${windows.day}` };
  const values: Update['ExpressionAttributeValues'] = {
    ':micro': { N: String(microUsd) },
    ':one': { N: '1' },
    ':hold': { S: formatHold(hold) },
    ':free': { N: String(mostConcurrent(limits) - 1) },
  };
  const conditions = ['attribute_not_exists(#hold)', atMost('inflight', ':free')];
  if (limits.microUsdPerMonth !== undefined) {
    conditions.push(atMost('used', ':month'));
    values[':month'] = { N: String(limits.microUsdPerMonth - microUsd) };
  }
  if (limits.microUsdPerDay !== undefined) {
    conditions.push(atMost('#day', ':today'));
    values[':today'] = { N: String(limits.microUsdPerDay - microUsd) };
  }
  return {
    TableName: table,
    Key: monthKey(account, windows.month),
    UpdateExpression: 'SET #hold = :hold ADD used :micro, #day :micro, inflight :one',
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    // What it has granted to its shards too.
    ReturnValues: limits.shards === undefined ? 'UPDATED_NEW' : 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

export function hasRates({ requestsPerMinute, tokensPerMinute }: Account['limits']): boolean {
  return requestsPerMinute !== undefined || tokensPerMinute !== undefined;
}

export interface Rates {
  readonly requests: number;
  readonly tokens: number;
}

/** Takes from what a minute allows. Fails where a rate would be exceeded. Made twice it is counted twice. */
export function reserveMinute(table: string, account: Account, minute: number, asked: Rates): Update {
  const { requestsPerMinute, tokensPerMinute } = account.limits;
  const values: NonNullable<Update['ExpressionAttributeValues']> = {
    ':asked_requests': { N: String(asked.requests) },
    ':asked_tokens': { N: String(asked.tokens) },
    ':expires': { N: String(minuteExpiresAt(minute)) },
  };
  const conditions: string[] = [];
  if (requestsPerMinute !== undefined) {
    conditions.push(atMost('#requests', ':requests'));
    values[':requests'] = { N: String(requestsPerMinute - asked.requests) };
  }
  if (tokensPerMinute !== undefined) {
    conditions.push(atMost('#tokens', ':tokens'));
    values[':tokens'] = { N: String(tokensPerMinute - asked.tokens) };
  }
  return {
    TableName: table,
    Key: minuteKey(account, minute),
    UpdateExpression: 'SET expires_at = :expires ADD #requests :asked_requests, #tokens :asked_tokens',
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: { '#requests': 'requests', '#tokens': 'tokens' },
    ExpressionAttributeValues: values,
    ReturnValues: 'UPDATED_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** Puts what was taken in the place of what was held. Fails where the hold is not there: it was settled before. */
export function settleMonth({ table, account, month, hold, actual, isMarked }: Settling): Update {
  return {
    TableName: table,
    Key: monthKey(account, month),
    UpdateExpression: isMarked
      ? 'SET #hold = :mark ADD used :back, #day :back, spent :spent, inflight :less, marks :one'
      : 'REMOVE #hold ADD used :back, #day :back, spent :spent, inflight :less',
    ConditionExpression: '#hold = :hold',
    ExpressionAttributeNames: { '#hold': holdAttribute(hold.id), '#day': `day_${hold.day}` },
    ExpressionAttributeValues: {
      ':hold': { S: formatHold(hold) },
      ':back': { N: String(actual.microUsd - hold.amount.microUsd) },
      ':spent': { N: String(actual.microUsd) },
      ':less': { N: '-1' },
      ...(isMarked && { ':mark': { S: formatHold({ ...hold, isSettled: true }) }, ':one': { N: '1' } }),
    },
  };
}

/** Puts less in the place of what is held. Fails where that was done before, and where nothing is held any more. */
export function shrinkMonth(table: string, account: Account, month: string, hold: Hold, less: Hold): Update {
  return {
    TableName: table,
    Key: monthKey(account, month),
    UpdateExpression: 'SET #hold = :less ADD used :back, #day :back',
    ConditionExpression: '#hold = :hold',
    ExpressionAttributeNames: { '#hold': holdAttribute(hold.id), '#day': `day_${hold.day}` },
    ExpressionAttributeValues: {
      ':hold': { S: formatHold(hold) },
      ':less': { S: formatHold(less) },
      ':back': { N: String(less.amount.microUsd - hold.amount.microUsd) },
    },
  };
}

/** Removes the mark of a settled hold, once nothing that was sent for it can come any more. @param key Of the item that it is in. */
export function removeMark(table: string, key: Key, mark: Hold): Update {
  return {
    TableName: table,
    Key: key,
    UpdateExpression: 'REMOVE #hold ADD marks :less',
    ConditionExpression: '#hold = :mark',
    ExpressionAttributeNames: { '#hold': holdAttribute(mark.id) },
    ExpressionAttributeValues: { ':mark': { S: formatHold(mark) }, ':less': { N: '-1' } },
  };
}

/** Gives back what a minute was charged and did not need. Not to be sent twice: it cannot know itself again. */
export function refundMinute(table: string, account: Pick<Account, 'kind' | 'id'>, minute: number, refund: Rates): Update {
  return {
    TableName: table,
    Key: minuteKey(account, minute),
    UpdateExpression: 'ADD #requests :requests, #tokens :tokens',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#requests': 'requests', '#tokens': 'tokens' },
    ExpressionAttributeValues: { ':requests': { N: String(-refund.requests) }, ':tokens': { N: String(-refund.tokens) } },
  };
}

export function minuteKey(account: AccountRef, minute: number): Key {
  return { pk: { S: accountKey(account) }, sk: { S: `MINUTE#${minute}` } };
}

export function atMost(attribute: string, value: string): string {
  return `(attribute_not_exists(${attribute}) OR ${attribute} <= ${value})`;
}
