import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { Level } from 'level';
import { DynamoDbService } from '../../../../../local/services/dynamodb';
import { BrokenLogError, readRecords } from '../../../../../local/services/dynamodb/log-records';
import { readLiveTables } from '../../../../../local/services/dynamodb/manifest';
import { ACCOUNT, auditTable, counterTable, Harness, REGION } from './harness';

const item = { pk: { S: 'a' }, sk: { S: 's' }, tenant: { S: 'acme' } };

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'dynamodb-')), 'state');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const store = (file = '') => join(directory, 'store', file);
const start = () => DynamoDbService.start({ accountId: ACCOUNT, region: REGION, directory });

async function fill(items = 1): Promise<void> {
  const harness = await Harness.start({ directory });
  for (let index = 0; index < items; index++) {
    const Item = index === 0 ? item : { ...item, sk: { S: `s${index}` }, body: { S: 'x'.repeat(300_000) } };
    await harness.client.send(new PutItemCommand({ TableName: auditTable.name, Item }));
  }
  await harness.stop();
}

async function readBack(): Promise<unknown> {
  const harness = await Harness.start({ directory });
  const found = await harness.client.send(new GetItemCommand({ TableName: auditTable.name, Key: { pk: item.pk, sk: item.sk } }));
  await harness.stop();
  return found.Item;
}

const snapshot = () =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/LOG|LOCK/.test(entry.name))
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'hex')]),
  );

describe('persistence', () => {
  test('tables, items and indexes survive a stop and a start', async () => {
    await fill();
    const harness = await Harness.start({ directory });
    expect((await harness.client.send(new ListTablesCommand({}))).TableNames).toEqual([auditTable.name, counterTable.name]);
    const byTenant = new QueryCommand({
      TableName: auditTable.name,
      IndexName: 'by-tenant',
      KeyConditionExpression: 'tenant = :t',
      ExpressionAttributeValues: { ':t': item.tenant },
    });
    expect((await harness.client.send(byTenant)).Items).toEqual([item]);
    await harness.stop();
  });

  test('a table that the template no longer declares is not served, and is there again when it does', async () => {
    await fill();
    const harness = await Harness.start({ directory, tables: [counterTable] });
    const get = new GetItemCommand({ TableName: auditTable.name, Key: { pk: item.pk, sk: item.sk } });
    await expect(harness.client.send(get)).rejects.toThrow('Requested resource not found');
    expect((await harness.client.send(new ListTablesCommand({}))).TableNames).toEqual([counterTable.name]);
    await harness.stop();
    expect(await readBack()).toEqual(item);
  });

  test('a table whose making was broken off is taken up again', async () => {
    await fill();
    const raw = new Level(store());
    const key = `table~${auditTable.name}`;
    await raw.put(key, JSON.stringify({ ...JSON.parse(await raw.get(key)), TableStatus: 'CREATING' }));
    await raw.close();
    expect(await readBack()).toEqual(item);
  });

  test('a state of many megabytes, with table files, is read back', async () => {
    await fill(16);
    expect(await readBack()).toEqual(item);
    expect(readdirSync(store()).some((file) => file.endsWith('.ldb'))).toBe(true);
    expect(await readBack()).toEqual(item);
  });

  test('in memory nothing is kept', async () => {
    const first = await Harness.start();
    await first.client.send(new PutItemCommand({ TableName: auditTable.name, Item: item }));
    await first.stop();
    const second = await Harness.start();
    const get = new GetItemCommand({ TableName: auditTable.name, Key: { pk: item.pk, sk: item.sk } });
    expect((await second.client.send(get)).Item).toBeUndefined();
    await second.stop();
  });

  test('after stop calls are refused, and a second stop does nothing', async () => {
    const harness = await Harness.start({ directory });
    await harness.service.stop();
    await expect(harness.raw('ListTables', {})).rejects.toMatchObject({ code: 'InternalServerError', status: 500 });
    await harness.stop();
  });

  test('stop waits for writes under way', async () => {
    const service = await start();
    await service.createTable(auditTable);
    await service.stop();
    const harness = await Harness.start({ directory });
    const writes = Array.from({ length: 50 }, (_, index) =>
      harness.raw('PutItem', { TableName: auditTable.name, Item: { ...item, sk: { S: String(index) } } }),
    );
    await harness.service.stop();
    expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    await harness.stop();
  });
});

describe('createTable', () => {
  test('tells what it made, and makes it once', async () => {
    const service = await start();
    const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${auditTable.name}`;
    expect(await service.createTable(auditTable)).toEqual({ name: auditTable.name, arn });
    const streamed = await service.createTable({ ...auditTable, streamViewType: 'NEW_IMAGE' });
    expect(streamed).toEqual({
      name: auditTable.name,
      arn,
      streamArn: expect.stringMatching(/^arn:.*:table\/Audit-Table\/stream\/20\d\d-\d\d-\d\dT[\d:.]+$/),
    });
    await service.stop();
    const again = await start();
    expect(await again.createTable({ ...auditTable, streamViewType: 'NEW_IMAGE' })).toEqual(streamed);
    await again.stop();
  });

  test.each([
    ['another sort key', { keySchema: [auditTable.keySchema[0], { AttributeName: 'tenant', KeyType: 'RANGE' }] }],
    ['another type', { attributeDefinitions: auditTable.attributeDefinitions.map((attribute) => ({ ...attribute, AttributeType: 'N' })) }],
    ['no index', { globalSecondaryIndexes: [], attributeDefinitions: auditTable.attributeDefinitions.slice(0, 2) }],
  ])('refuses %s for a stored table, and keeps it', async (_, change) => {
    await fill();
    const service = await start();
    await expect(service.createTable({ ...auditTable, ...change } as typeof auditTable)).rejects.toThrow(
      /^The stored table Audit-Table has the key \(pk HASH S, sk RANGE S\) and indexes by-tenant \(tenant HASH S; ALL\), but the template now declares the key .*: start with "npm start -- --fresh", which empties the local state\.$/,
    );
    await service.stop();
    expect(await readBack()).toEqual(item);
  });

  test('a definition that DynamoDB would refuse is refused by its name', async () => {
    const service = await start();
    await expect(service.createTable({ ...counterTable, attributeDefinitions: [] })).rejects.toThrow('The table Counters cannot be made: ');
    await service.stop();
  });
});

describe('a state that cannot be read', () => {
  const damage: Readonly<Record<string, readonly [what: string, () => void]>> = {
    'garbage for the log': ['no log record at byte 0', () => overwrite('.log', () => Buffer.from('garbage\n'))],
    'one flipped bit in the log': [
      'a log record with a wrong checksum at byte',
      () => overwrite('.log', (bytes) => flip(bytes, Math.floor(bytes.length / 2))),
    ],
    'an empty log': ['the store of the tables Audit-Table, Counters is empty', () => overwrite('.log', () => Buffer.alloc(0))],
    'garbage for CURRENT': ['store/CURRENT names no manifest', () => writeFileSync(store('CURRENT'), 'garbage\n')],
    'an empty CURRENT': ['store/CURRENT names no manifest', () => truncateSync(store('CURRENT'))],
    'no CURRENT': ['store/CURRENT is missing', () => rmSync(store('CURRENT'))],
    'garbage for the manifest': ['no log record at byte 0', () => overwrite('MANIFEST', () => Buffer.from('garbage\n'))],
    'no manifest': ['ENOENT', () => remove('MANIFEST')],
    'no store': ['the store of the tables Audit-Table, Counters is empty', () => rmSync(store(), { recursive: true })],
    'a file for the store': [
      'ENOTDIR',
      () => {
        rmSync(store(), { recursive: true });
        writeFileSync(store(), 'x');
      },
    ],
    'garbage for the list of tables': [
      'tables.json is not a list of tables',
      () => writeFileSync(join(directory, 'tables.json'), 'garbage'),
    ],
    'another shape for the list of tables': [
      'tables.json is not a list of tables',
      () => writeFileSync(join(directory, 'tables.json'), '{"tables":[1]}'),
    ],
    'a table file cut short': ['bytes instead of', () => overwrite('.ldb', (bytes) => bytes.subarray(0, bytes.length - 3))],
    'garbage at the end of a table file': [
      'does not end as a table file does',
      () => overwrite('.ldb', (bytes) => flip(bytes, bytes.length - 1)),
    ],
    'an empty table file': ['0 bytes instead of', () => overwrite('.ldb', () => Buffer.alloc(0))],
    'no table files': ['ENOENT', () => remove('.ldb')],
  };

  function overwrite(part: string, change: (bytes: Buffer) => Buffer): void {
    const files = readdirSync(store()).filter((name) => name.includes(part));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) writeFileSync(store(file), change(readFileSync(store(file))));
  }
  function remove(part: string): void {
    for (const file of readdirSync(store()).filter((name) => name.includes(part))) rmSync(store(file));
  }
  function flip(bytes: Buffer, at: number): Buffer {
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  }

  test.each(Object.entries(damage))('%s: one sentence, and nothing is changed', async (name, [what, harm]) => {
    await fill(name.includes('table file') ? 16 : 1);
    harm();
    const before = snapshot();
    const error = await start().then(
      () => new Error('started'),
      (thrown: Error) => thrown,
    );
    expect(error.message).toMatch(
      /^The local DynamoDB state in \S+ cannot be read \(.*\): start with "npm start -- --fresh", which empties it\.$/,
    );
    expect(error.message).toContain(what);
    expect(snapshot()).toEqual(before);
  });

  test('a file where the directory should be', async () => {
    writeFileSync(directory, 'x');
    await expect(start()).rejects.toThrow(/cannot be read \(ENOTDIR.*\): start with "npm start -- --fresh"/);
  });

  test('a table whose description is not JSON', async () => {
    await fill();
    const raw = new Level(store());
    await raw.put(`table~${auditTable.name}`, 'garbage');
    await raw.close();
    await expect(start()).rejects.toThrow(
      /cannot be read \(the table Audit-Table: .*\): start with "npm start -- --fresh", which empties it\.$/,
    );
  });

  test('a state in use by another process is said to be so', async () => {
    const service = await start();
    await expect(start()).rejects.toThrow(/is in use by another process: stop that "npm start" first\.$/);
    await service.stop();
  });

  test('an item that is not JSON fails its call, and says why', async () => {
    await fill();
    const raw = new Level(store());
    for await (const key of raw.keys()) if (key.startsWith('item-')) await raw.put(key, 'garbage');
    await raw.close();
    const harness = await Harness.start({ directory });
    const get = harness.raw('GetItem', { TableName: auditTable.name, Key: { pk: item.pk, sk: item.sk } });
    await expect(get).rejects.toMatchObject({
      code: 'InternalServerError',
      message: expect.stringContaining('If it is damaged, start with "npm start -- --fresh"'),
    });
    await harness.stop();
  });
});

describe('readRecords', () => {
  async function read(bytes: Buffer): Promise<readonly Buffer[]> {
    const records: Buffer[] = [];
    for await (const record of readRecords(chunks(bytes))) records.push(record);
    return records;
  }

  test('a log cut off anywhere is what a killed process leaves, and is read as far as it goes', async () => {
    await fill();
    const bytes = logBytes();
    const whole = await read(bytes);
    expect(whole.length).toBeGreaterThan(2);
    for (let length = 0; length <= bytes.length; length += 61) {
      const records = await read(bytes.subarray(0, length));
      expect(Buffer.concat(records).equals(Buffer.concat(whole.slice(0, records.length)))).toBe(true);
    }
  });

  test('any flipped bit is found, across blocks and whatever the chunks', async () => {
    await fill(3);
    const bytes = logBytes();
    expect(bytes.length).toBeGreaterThan(100_000);
    expect((await read(bytes)).length).toBeGreaterThan(2);
    for (let at = 10; at < bytes.length - 40_000; at += 29_989) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      await expect(read(damaged)).rejects.toThrow(BrokenLogError);
    }
  });

  function logBytes(): Buffer {
    const [log = ''] = readdirSync(store()).filter((file) => file.endsWith('.log'));
    return readFileSync(store(log));
  }

  async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
  }
});

test('a manifest that does not read as one is refused', async () => {
  const manifest = (...records: readonly number[][]) => readLiveTables(Readable.from(records.map((record) => Buffer.from(record))));
  // New file 5 of 300 bytes at level 0, from key "a" to key "b"; then 6, and 5 deleted.
  expect(await manifest([7, 0, 5, 0xac, 2, 1, 97, 1, 98])).toEqual(new Map([[5, 300]]));
  expect(await manifest([7, 0, 5, 1, 0, 0], [7, 1, 6, 2, 0, 0, 6, 0, 5])).toEqual(new Map([[6, 2]]));
  await expect(manifest([8, 0])).rejects.toThrow('an unknown field 8');
  await expect(manifest([7, 0, 5])).rejects.toThrow('a field that ends too soon');
});
