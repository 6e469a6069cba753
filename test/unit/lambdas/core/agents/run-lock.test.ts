import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RunLock, runLockConfig } from '../../../../../lambdas/core/agents/run-lock';
import { Harness } from '../../../local/services/dynamodb/harness';
import { runsTable } from './support/runs-table';

/** The lock on an event, on the real store and by the clock: how long it holds, against whom, and who may end it. */

const REMAINING_MS = 60_000;
const MARGIN_MS = 30_000;
const RETENTION_DAYS = 3;
const DAY_MS = 86_400_000;

let dynamodb: Harness;
let startMs = Date.UTC(2026, 5, 1, 12);

beforeAll(async () => {
  dynamodb = await Harness.start({ tables: [runsTable] });
});
afterAll(() => dynamodb.stop());
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'performance', 'hrtime'] });
  startMs += 30 * DAY_MS;
  at(0);
});
afterEach(() => jest.useRealTimers());

/** Milliseconds after the first attempt. */
const at = (ms: number) => jest.setSystemTime(startMs + ms);

/** One attempt. @param client As the SDK sends, when it does not see the first answer. */
function lockOf(client: Pick<DynamoDBClient, 'send'> = dynamodb.client): RunLock {
  const lock = new RunLock({ client: client as DynamoDBClient, table: runsTable.name, retentionDays: RETENTION_DAYS });
  lock.configure({ config: runLockConfig(RETENTION_DAYS), keyPrefix: 'tester' });
  return lock;
}

const event = () => ({ id: `thing.happened/${randomUUID()}`, body: '{}' });
const REFUSED = { name: 'IdempotencyItemAlreadyExistsError' };

test('it outlives the invocation that holds it by 30 seconds, to the millisecond', async () => {
  const it = event();
  await lockOf().saveInProgress(it, REMAINING_MS);
  for (const ms of [0, REMAINING_MS + 1, REMAINING_MS + MARGIN_MS]) {
    at(ms);
    await expect(lockOf().saveInProgress(it, REMAINING_MS)).rejects.toMatchObject(REFUSED);
  }
  at(REMAINING_MS + MARGIN_MS + 1);
  await lockOf().saveInProgress(it, REMAINING_MS);
  await expect(lockOf().saveInProgress(it, REMAINING_MS)).rejects.toMatchObject(REFUSED);
});

test('of many at once, one has it', async () => {
  const it = event();
  const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => lockOf().saveInProgress(it, REMAINING_MS)));
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a write that is sent again is still its own', async () => {
  const twice = { send: async (command: never) => (await dynamodb.client.send(command), dynamodb.client.send(command)) };
  const lock = lockOf(twice);
  await lock.saveInProgress(event(), REMAINING_MS);
});

test('what is done stays done for as long as runs are kept, however long ago its lock ran out', async () => {
  const it = event();
  const lock = lockOf();
  await lock.saveInProgress(it, REMAINING_MS);
  await lock.saveSuccess(it, { decisionId: 'd-1' });
  for (const ms of [1, REMAINING_MS + MARGIN_MS + 1, RETENTION_DAYS * DAY_MS - 1_000]) {
    at(ms);
    await expect(lockOf().saveInProgress(it, REMAINING_MS)).rejects.toMatchObject(REFUSED);
    expect(await lockOf().getRecord(it)).toMatchObject({ responseData: { decisionId: 'd-1' } });
  }
  // DynamoDB deletes late: what is not to be known any more is overwritten.
  at(RETENTION_DAYS * DAY_MS + 1_001);
  await lockOf().saveInProgress(it, REMAINING_MS);
});

test('who has lost it can neither complete nor remove another’s', async () => {
  const it = event();
  const [first, second] = [lockOf(), lockOf()];
  await first.saveInProgress(it, REMAINING_MS);
  at(REMAINING_MS + MARGIN_MS + 1);
  await second.saveInProgress(it, REMAINING_MS);
  await expect(first.saveSuccess(it, { by: 'first' })).rejects.toThrow();
  await first.deleteRecord(it);
  await expect(lockOf().saveInProgress(it, REMAINING_MS)).rejects.toMatchObject(REFUSED);
  await second.saveSuccess(it, { by: 'second' });
  expect(await lockOf().getRecord(it)).toMatchObject({ responseData: { by: 'second' } });
});

test('who gives it back lets the next one have it at once', async () => {
  const it = event();
  const lock = lockOf();
  await lock.saveInProgress(it, REMAINING_MS);
  await lock.deleteRecord(it);
  await lockOf().saveInProgress(it, REMAINING_MS);
});
