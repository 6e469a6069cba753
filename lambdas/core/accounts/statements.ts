import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { type Account, accountKey, type Amount, MOST_CONCURRENT } from './account';
import { formatHold, type Hold, holdAttribute } from './hold';
import { minuteExpiresAt, type Windows } from './windows';

/**
 * Updates of an account's items. `MONTH#<yyyy-mm>`: `used` (settled and held, of the month), `spent` (settled), `day_<dd>` (settled and held, of the
 * day), `inflight`, each open hold as `h_<id>`, and `marks`: how many of those are what settled holds left. `MINUTE#<minutes since the epoch>`: `requests`, `tokens`. A condition compares with a number that the
 * caller made of its limit, so that a limit is nowhere in the table and counts from the next call on when it is changed.
 */

export type Update = UpdateItemCommandInput;

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

export function monthKey(account: Pick<Account, 'kind' | 'id'>, month: string): Update['Key'] {
  return { pk: { S: accountKey(account) }, sk: { S: `MONTH#${month}` } };
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
    ':free': { N: String((limits.concurrency ?? MOST_CONCURRENT) - 1) },
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
    ReturnValues: 'UPDATED_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** Undefined for an account without rates. */
export function reserveMinute({ table, account, hold, windows }: Reserving): Update | undefined {
  const { requestsPerMinute, tokensPerMinute } = account.limits;
  if (requestsPerMinute === undefined && tokensPerMinute === undefined) return undefined;
  const values: Update['ExpressionAttributeValues'] = {
    ':one': { N: '1' },
    ':asked': { N: String(hold.amount.tokens) },
    ':expires': { N: String(minuteExpiresAt(windows.minute)) },
  };
  const conditions: string[] = [];
  if (requestsPerMinute !== undefined) {
    conditions.push(atMost('#requests', ':requests'));
    values[':requests'] = { N: String(requestsPerMinute - 1) };
  }
  if (tokensPerMinute !== undefined) {
    conditions.push(atMost('#tokens', ':tokens'));
    values[':tokens'] = { N: String(tokensPerMinute - hold.amount.tokens) };
  }
  return {
    TableName: table,
    Key: { pk: { S: accountKey(account) }, sk: { S: minuteSort(windows.minute) } },
    UpdateExpression: 'SET expires_at = :expires ADD #requests :one, #tokens :asked',
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

/** Removes the mark of a settled hold, once nothing that was sent for it can come any more. */
export function removeMark(table: string, account: Pick<Account, 'kind' | 'id'>, month: string, mark: Hold): Update {
  return {
    TableName: table,
    Key: monthKey(account, month),
    UpdateExpression: 'REMOVE #hold ADD marks :less',
    ConditionExpression: '#hold = :mark',
    ExpressionAttributeNames: { '#hold': holdAttribute(mark.id) },
    ExpressionAttributeValues: { ':mark': { S: formatHold(mark) }, ':less': { N: '-1' } },
  };
}

/** Gives back what a minute was charged and did not need. Not to be sent twice: it cannot know itself again. */
export function refundMinute(
  table: string,
  account: Pick<Account, 'kind' | 'id'>,
  minute: number,
  refund: { requests: number; tokens: number },
): Update {
  return {
    TableName: table,
    Key: { pk: { S: accountKey(account) }, sk: { S: minuteSort(minute) } },
    UpdateExpression: 'ADD #requests :requests, #tokens :tokens',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#requests': 'requests', '#tokens': 'tokens' },
    ExpressionAttributeValues: { ':requests': { N: String(-refund.requests) }, ':tokens': { N: String(-refund.tokens) } },
  };
}

function minuteSort(minute: number): string {
  return `MINUTE#${minute}`;
}

function atMost(attribute: string, value: string): string {
  return `(attribute_not_exists(${attribute}) OR ${attribute} <= ${value})`;
}
