import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ArchiveStore, createArchiveStore } from '../../lambdas/core/audit-archive/archive-store';
import { addDays, dayOf, manifestKey, MS_PER_DAY, recordsPrefix } from '../../lambdas/core/audit-archive/archive-keys';
import { createAuditTable } from '../../lambdas/core/audit-archive/audit-table';
import { linesOf, makeManifest } from '../../lambdas/core/audit-archive/make-manifest';
import { createManifestSigner } from '../../lambdas/core/audit-archive/manifest-signer';
import { type DayVerdict, verifyDay } from '../../lambdas/core/audit-archive/verify-day';
import { parseEmf } from '../../local/metrics/emf';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** The archive of the audit trail, by the template's own functions, stream, bucket, schedule and keys. */

let platform: TestPlatform;
let s3: S3Client;
let kms: KMSClient;
let bucket: string;
let table: string;
let archive: ArchiveStore;
/** How far the emulator's clock is ahead; the functions have the machine's. */
let aheadMs: number;
beforeEach(async () => {
  aheadMs = 0;
  platform = await startPlatform({ now: () => Date.now() + aheadMs });
  const { world } = platform.emulator;
  const { administrator: credentials } = platform.emulator;
  const client = { endpoint: world.endpoint.url, region: world.region, credentials };
  s3 = new S3Client({ ...client, forcePathStyle: true });
  kms = new KMSClient(client);
  bucket = platform.emulator.output('AuditArchiveBucket');
  table = platform.emulator.output('AuditTable');
  archive = createArchiveStore(bucket, s3);
});
afterEach(async () => {
  s3.destroy();
  kms.destroy();
  await platform.stop();
});

const today = () => dayOf(Date.now());

/** Calls that are answered, whose records are in the archive. */
async function calls(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let call = 0; call < count; call += 1) {
    const response = await platform.request('/v1/chat/completions', {
      body: { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] },
    });
    await response.text();
    ids.push(response.headers.get('x-blueprint-trace-id') ?? '');
  }
  expect(await platform.emulator.world.eventSources.settle()).toEqual([]);
  return ids;
}

async function archivedRecords(day: string): Promise<Record<string, unknown>[]> {
  const records: Record<string, unknown>[] = [];
  for await (const key of archive.list(recordsPrefix(day))) {
    for (const line of linesOf((await archive.read(key))?.text ?? '')) records.push(JSON.parse(line) as Record<string, unknown>);
  }
  return records;
}

function ports() {
  const signer = createManifestSigner(platform.emulator.output('AuditSigningKey'), kms);
  return { archive, signer, table: createAuditTable(platform.dynamodb, table), nowMs: Date.now };
}

/** What nothing of the platform does: its functions may not. */
async function zeroCostOf(id: string): Promise<void> {
  await platform.dynamodb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: `CALL#${id}` }, sk: { S: 'SETTLEMENT' } },
      UpdateExpression: 'SET cost_micro_usd = :zero',
      ExpressionAttributeValues: { ':zero': { N: '0' } },
    }),
  );
}

/** The function seals the day before its own; a day that is sealed by hand is judged by the same code. */
async function seal(day: string): Promise<void> {
  await makeManifest(day, { ...ports(), table });
}
const verify = (day: string): Promise<DayVerdict> => verifyDay(day, ports());

test('every record is copied as it is, and the functions need no permission that they have not', async () => {
  const ids = await calls(3);
  const copied = await archivedRecords(today());
  expect(copied.map(({ pk, sk }) => `${String(pk)} ${String(sk)}`).toSorted()).toEqual(
    ids.flatMap((id) => [`CALL#${id} INTENT`, `CALL#${id} SETTLEMENT`]).toSorted(),
  );
  expect(copied.find(({ sk }) => sk === 'SETTLEMENT')).toMatchObject({ tenant: 'acme', status: 'ok', cost_micro_usd: expect.any(Number) });
  expect(platform.events.filter(({ kind }) => kind === 'denied' || kind === 'discarded')).toEqual([]);
});

test('the schedule seals the days that are over, each linked to the one before, and finds them intact', async () => {
  await calls(1);
  const [fired] = await platform.emulator.world.schedules.fire('Daily');
  expect(fired?.failure).toBeUndefined();
  const yesterday = addDays(today(), -1);
  expect(JSON.parse(fired?.answer ?? '[]')).toEqual([{ day: yesterday, records: 0, discrepancies: [] }]);
  const sealed = JSON.parse((await archive.read(manifestKey(yesterday)))?.text ?? '{}') as { manifest: { previous: { day: string } } };
  expect(sealed.manifest.previous.day).toBe(addDays(yesterday, -1));
  // Once more comes to the same.
  const [again] = await platform.emulator.world.schedules.fire('Daily');
  expect(JSON.parse(again?.answer ?? '[]')).toEqual([{ day: yesterday, records: 0, discrepancies: [] }]);
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
});

test('a sealed day is intact, and what is done to it afterwards is named', async () => {
  const [first = '', second = ''] = await calls(2);
  await seal(today());
  expect(await verify(today())).toEqual({ day: today(), records: 4, discrepancies: [] });

  await zeroCostOf(first);
  await platform.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: `CALL#${second}` }, sk: { S: 'INTENT' } } }));
  const { discrepancies } = await verify(today());
  expect(discrepancies).toHaveLength(2);
  expect(discrepancies).toEqual(
    expect.arrayContaining([
      { kind: 'record_changed', what: `CALL#${first} SETTLEMENT` },
      { kind: 'record_missing', what: `CALL#${second} INTENT` },
    ]),
  );
  // Both are kept as they were, and as they are now.
  await platform.emulator.world.eventSources.settle();
  const changes: string[] = [];
  for await (const key of archive.list('changes/')) changes.push((await archive.read(key))?.text ?? '');
  expect(changes.map((text) => (JSON.parse(text) as { event: string }).event).toSorted()).toEqual(['MODIFY', 'REMOVE']);
  expect(platform.logs().filter(({ message }) => message === 'an audit record was changed')).toHaveLength(2);
});

test('what is done to the archive itself is named too', async () => {
  await calls(2);
  await seal(addDays(today(), -1));
  await seal(today());
  const keys: string[] = [];
  for await (const key of archive.list(recordsPrefix(today()))) keys.push(key);
  const [key = ''] = keys;
  expect(keys.length).toBeGreaterThan(0);
  const original = await archive.read(key);

  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{}\n' }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${recordsPrefix(today())}zzz.jsonl`, Body: 'no record' }));
  expect((await verify(today())).discrepancies).toEqual(
    expect.arrayContaining([
      { kind: 'object_changed', what: key },
      { kind: 'object_added', what: `${recordsPrefix(today())}zzz.jsonl` },
      { kind: 'object_unreadable', what: key },
      { kind: 'object_unreadable', what: `${recordsPrefix(today())}zzz.jsonl` },
    ]),
  );

  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: original?.versionId }));
  expect((await verify(today())).discrepancies).toContainEqual({ kind: 'object_missing', what: key });

  const signed = JSON.parse((await archive.read(manifestKey(today())))?.text ?? '{}') as { manifest: { records: number } };
  signed.manifest.records = 1;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: manifestKey(today()), Body: JSON.stringify(signed) }));
  expect((await verify(today())).discrepancies[0]).toEqual({ kind: 'bad_signature', what: today() });
});

test('a manifest that is exchanged breaks the chain of the next day', async () => {
  const before = addDays(today(), -1);
  await seal(before);
  await calls(1);
  await seal(today());
  const forged = { ...(JSON.parse((await archive.read(manifestKey(before)))?.text ?? '{}') as { manifest: object }) };
  const signed = await ports().signer.sign({
    ...(forged.manifest as Parameters<ReturnType<typeof ports>['signer']['sign']>[0]),
    created_at: 1,
  });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: manifestKey(before), Body: JSON.stringify(signed) }));
  expect((await verify(before)).discrepancies).toEqual([]);
  expect((await verify(today())).discrepancies).toEqual([{ kind: 'broken_chain', what: before }]);
});

test('a record that never passed through the stream is found in the table', async () => {
  await calls(1);
  await platform.emulator.world.eventSources.stop();
  const response = await platform.request('/v1/chat/completions', { body: { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] } });
  await response.text();
  const id = response.headers.get('x-blueprint-trace-id') ?? '';
  await seal(today());
  expect((await verify(today())).discrepancies.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual([
    `record_added CALL#${id} INTENT`,
    `record_added CALL#${id} SETTLEMENT`,
  ]);
});

/** The run of some days later, and the hour after it. @returns its verdicts, that of the last day first, and how often the alarm was raised until then. */
async function sealAfter(days: number): Promise<{ readonly verdicts: readonly DayVerdict[]; readonly raised: number }> {
  const before = measured().length;
  aheadMs = days * MS_PER_DAY;
  const { monitoring, schedules } = platform.emulator.world;
  const [fired] = await schedules.fire('Daily');
  expect(fired?.failure).toBeUndefined();
  await until(() => measured().length > before, 'the run is measured');
  for (let minute = 0; minute <= 60; minute += 1) {
    aheadMs += 60_000;
    monitoring.evaluate();
  }
  const raised = platform.events.filter(
    (event) => event.kind === 'alarm' && event.to === 'ALARM' && event.name.includes('AuditDiscrepancies'),
  );
  return { verdicts: JSON.parse(fired?.answer ?? '[]') as DayVerdict[], raised: raised.length };
}
const measured = () =>
  platform.events
    .flatMap((event) => (event.kind === 'log' ? parseEmf(event.line) : []))
    .flatMap(({ name, values }) => (name === 'AuditDiscrepancies' ? values : []));
const told = () => platform.logs().filter(({ message }) => message === 'audit trail not intact');

describe('the daily run', () => {
  test('measures 0 for a day that is intact, and raises nothing', async () => {
    await calls(1);
    const day = today();
    expect(await sealAfter(1)).toEqual({ verdicts: [{ day, records: 2, discrepancies: [] }], raised: 0 });
    expect(measured()).toEqual([0]);
    expect(told()).toEqual([]);
  });

  test('counts a record that was changed in the table, names it by its key alone, raises the alarm, and seals the day all the same', async () => {
    const [id = ''] = await calls(1);
    const day = today();
    await zeroCostOf(id);
    expect(await sealAfter(1)).toMatchObject({ raised: 1 });
    expect(measured()).toEqual([1]);
    expect(told()).toMatchObject([{ day, first: { kind: 'record_changed', what: `CALL#${id} SETTLEMENT` }, found: 1 }]);
    expect(JSON.stringify(told())).not.toContain('cost_micro_usd');
    expect(await archive.read(manifestKey(day))).toBeDefined();
  });

  test('finds what was taken from the archive a day later than anything else: until then its copy may still come', async () => {
    const [id = ''] = await calls(1);
    for await (const key of archive.list(recordsPrefix(today()))) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    expect(await sealAfter(1)).toMatchObject({ verdicts: [{ discrepancies: [] }], raised: 0 });
    const { verdicts, raised } = await sealAfter(2);
    expect(
      verdicts
        .flatMap(({ discrepancies }) => discrepancies)
        .map(({ kind, what }) => `${kind} ${what}`)
        .toSorted(),
    ).toEqual([`record_added CALL#${id} INTENT`, `record_added CALL#${id} SETTLEMENT`]);
    expect(measured()).toEqual([0, 2]);
    expect(raised).toBe(1);
  });

  test('checks a day whose run failed with the next one', async () => {
    await sealAfter(0);
    const [id = ''] = await calls(1);
    const day = today();
    await zeroCostOf(id);
    const { faults } = platform.emulator.world.endpoint;
    const remove = faults.add({ service: 'dynamodb', operation: 'Scan', kind: 'unavailable' });
    aheadMs = MS_PER_DAY;
    const [failed] = await platform.emulator.world.schedules.fire('Daily');
    remove();
    expect(failed?.failure).toBeDefined();
    const { verdicts } = await sealAfter(2);
    expect(verdicts).toEqual([
      { day: addDays(day, 1), records: 0, discrepancies: [] },
      { day, records: 2, discrepancies: [{ kind: 'record_changed', what: `CALL#${id} SETTLEMENT` }] },
    ]);
    // Once: the next run has only its own.
    expect((await sealAfter(3)).verdicts.map((verdict) => verdict.day)).toEqual([addDays(day, 2)]);
  });

  test.each([
    ['exchanged for what is none', 'no manifest', 'manifest_unreadable', (day: string) => manifestKey(day)],
    ['taken away', undefined, 'no_manifest', (day: string) => day],
  ])(
    'names a manifest that was %s, makes no new one of what is there now, and does the rest of its work',
    async (_, body, kind, whatOf) => {
      const day = today();
      await sealAfter(1);
      const place = { Bucket: bucket, Key: manifestKey(day) };
      await s3.send(body === undefined ? new DeleteObjectCommand(place) : new PutObjectCommand({ ...place, Body: body }));
      const { verdicts, raised } = await sealAfter(2);
      expect(verdicts).toEqual([
        { day: addDays(day, 1), records: 0, discrepancies: [] },
        { day, records: 0, discrepancies: [{ kind, what: whatOf(day) }] },
      ]);
      expect(raised).toBe(1);
      expect((await archive.read(manifestKey(day)))?.text).toBe(body);
      const next = JSON.parse((await archive.read(manifestKey(addDays(day, 1))))?.text ?? '{}') as {
        manifest: { previous: { day: string } };
      };
      expect(next.manifest.previous.day).toBe(addDays(day, -1));
    },
  );
});

test('a day that was never sealed says so', async () => {
  expect((await verify('2026-01-01')).discrepancies).toEqual([{ kind: 'no_manifest', what: '2026-01-01' }]);
  await expect(verify('2026-02-30')).rejects.toThrow('"2026-02-30" is no day: write it as 2026-11-20.');
});

test('while the archive cannot be written nothing is lost', async () => {
  const { faults } = platform.emulator.world.endpoint;
  const remove = faults.add({ service: 's3', kind: 'unavailable' });
  const response = await platform.request('/v1/chat/completions', { body: { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] } });
  await response.text();
  await platform.emulator.world.eventSources.settle();
  remove();
  await platform.emulator.world.eventSources.settle();
  await seal(today());
  expect(await verify(today())).toMatchObject({ records: 2, discrepancies: [] });
});
