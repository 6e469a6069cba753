import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { Engine } from '../../../../../local/services/dynamodb/engine';
import { expireTable } from '../../../../../local/services/dynamodb/expire';
import { KeyLock } from '../../../../../local/services/dynamodb/key-lock';
import { ACCOUNT, auditTable, Harness, REGION } from './harness';

const TABLE = auditTable.name;
const NOW_MS = Date.parse('2026-06-01T00:00:00Z');
const NOW_SECONDS = NOW_MS / 1000;
const YEAR_SECONDS = 365 * 86_400;

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

async function survives(expiresAtSeconds: { N: string } | { S: string } | undefined): Promise<boolean> {
  const key = { pk: { S: 'x' }, sk: { S: 'y' } };
  await harness.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key, ...(expiresAtSeconds && { expiresAtSeconds }) } }));
  const expired = await harness.service.expireItems(NOW_MS);
  const { Item: item } = await harness.client.send(new GetItemCommand({ TableName: TABLE, Key: key }));
  expect(expired).toBe(item ? 0 : 1);
  return item !== undefined;
}

test.each([
  ['a second ago', { N: String(NOW_SECONDS - 1) }, false],
  ['four years ago', { N: String(NOW_SECONDS - 4 * YEAR_SECONDS) }, false],
  ['now', { N: String(NOW_SECONDS) }, true],
  ['in a second', { N: String(NOW_SECONDS + 1) }, true],
  ['six years ago', { N: String(NOW_SECONDS - 6 * YEAR_SECONDS) }, true],
  ['at a time in milliseconds', { N: String(NOW_MS - 1000) }, true],
  ['never', undefined, true],
  ['at a text', { S: String(NOW_SECONDS - 1) }, true],
  ['at zero', { N: '0' }, true],
])('an item that expires %s survives: %s %s', async (_, expiresAtSeconds, expected) => {
  expect(await survives(expiresAtSeconds)).toBe(expected);
});

test('expired items leave the index too, and more than one page of them', async () => {
  const body = 'x'.repeat(60_000);
  for (let index = 0; index < 40; index++) {
    const isOld = index % 2 === 0;
    await harness.client.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: {
          pk: { S: `p${index}` },
          sk: { S: 's' },
          tenant: { S: 'acme' },
          body: { S: body },
          expiresAtSeconds: { N: String(NOW_SECONDS + (isOld ? -1 : 1)) },
        },
      }),
    );
  }
  expect(await harness.service.expireItems(NOW_MS)).toBe(20);
  expect(await harness.service.expireItems(NOW_MS)).toBe(0);
  const left = await harness.client.send(
    new QueryCommand({
      TableName: TABLE,
      IndexName: 'by-tenant',
      Select: 'COUNT',
      KeyConditionExpression: 'tenant = :t',
      ExpressionAttributeValues: { ':t': { S: 'acme' } },
    }),
  );
  expect(left.Count).toBeGreaterThan(0);
  const { ScannedCount: scanned } = left;
  expect(scanned).toBe(left.Count);
});

test('an item renewed during the sweep stays', async () => {
  const engine = await Engine.open({ accountId: ACCOUNT, region: REGION });
  await engine.ensureTable(auditTable);
  const put = (offset: number) =>
    engine.call('PutItem', {
      TableName: TABLE,
      Item: { pk: { S: 'r' }, sk: { S: 's' }, expiresAtSeconds: { N: String(NOW_SECONDS + offset) } },
    });
  // The real engine, with a renewal between the scan and the deletion.
  const renewing = {
    prepare: engine.prepare.bind(engine),
    run: engine.run.bind(engine),
    call: async (...call: Parameters<Engine['call']>) => {
      const answer = await engine.call(...call);
      await put(60);
      return answer;
    },
  } as unknown as Engine;
  const table = { name: TABLE, arn: 'arn', definition: auditTable };
  await put(-1);
  expect(await expireTable({ engine: renewing, locks: new KeyLock() }, table, NOW_MS)).toBe(0);
  expect((await engine.call('Scan', { TableName: TABLE })).Count).toBe(1);
  await put(-1);
  expect(await expireTable({ engine, locks: new KeyLock() }, table, NOW_MS)).toBe(1);
  await engine.close();
});

test('a table without the attribute keeps everything', async () => {
  await harness.client.send(new PutItemCommand({ TableName: 'Counters', Item: { id: { N: '1' }, expiresAtSeconds: { N: '1' } } }));
  expect(await harness.service.expireItems(NOW_MS)).toBe(0);
});
