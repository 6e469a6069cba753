import { unmarshalItem } from '../../lambdas/core/attribute-values';
import type { FaultKind } from '../../local/faults';
import { expectMatrix, type Settlement, chargeOf } from '../helpers/fault-matrix';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * What the gateway needs beside models, lost one by one: what the client receives, what it is charged and what the audit trail has. docs/lost-dependencies.md
 * is this table; `WRITE_FAULT_MATRIX=1 npm test -- test/local/lost-dependencies` writes it anew.
 */

const KINDS: readonly FaultKind[] = ['throttled', 'unavailable', 'refuse'];

/** Each store has operations that the gateway makes of no other. */
const STORES = {
  ledger: { service: 'dynamodb', operation: 'UpdateItem' },
  audit: { service: 'dynamodb', operation: 'ExecuteStatement' },
  registry: { service: 'dynamodb', operation: 'BatchGetItem' },
  cacheRead: { service: 'dynamodb', operation: 'GetItem' },
  cacheWrite: { service: 'dynamodb', operation: 'PutItem' },
  content: { service: 's3', operation: 'PutObject' },
} as const;

interface Case {
  readonly what: string;
  readonly lost: readonly (keyof typeof STORES)[];
  /** Lost from the start, or once the model was asked. */
  readonly from: 'start' | 'model';
  readonly limited?: boolean;
  /** A call was answered before, so that the function knows its caller. */
  readonly warm?: boolean;
  readonly long?: boolean;
  readonly outcome: readonly [client: string, charged: string, recorded: string];
}

const REFUSED = '503 `store_unavailable`, `retry-after: 1`';
const cases: readonly Case[] = [
  {
    what: 'ledger, before the call is held; the caller has limits',
    lost: ['ledger'],
    from: 'start',
    limited: true,
    outcome: [REFUSED, 'nothing', 'intent, settlement `refused` `store_unavailable`'],
  },
  { what: 'ledger; the caller has no limits', lost: ['ledger'], from: 'start', outcome: ['200', 'the usage', 'intent, settlement `ok`'] },
  {
    what: 'ledger, once the model was asked; the caller has limits',
    lost: ['ledger'],
    from: 'model',
    limited: true,
    outcome: ['200', 'the usage', 'intent, settlement `ok`'],
  },
  { what: 'audit trail, before the model is asked', lost: ['audit'], from: 'start', outcome: [REFUSED, 'nothing', 'nothing'] },
  { what: 'audit trail, once the model was asked', lost: ['audit'], from: 'model', outcome: ['200', 'not yet', 'intent'] },
  { what: 'registry, for a caller that is not known yet', lost: ['registry'], from: 'start', outcome: [REFUSED, 'nothing', 'nothing'] },
  {
    what: 'registry, for a caller that was answered within 30 s',
    lost: ['registry'],
    from: 'start',
    warm: true,
    outcome: ['200', 'the usage', 'intent, settlement `ok`'],
  },
  {
    what: 'answer cache',
    lost: ['cacheRead', 'cacheWrite'],
    from: 'start',
    outcome: ['200', 'the usage', 'intent, settlement `ok`'],
  },
  {
    what: 'content bucket, of a question too long for the table',
    lost: ['content'],
    from: 'start',
    long: true,
    outcome: [REFUSED, 'nothing', 'intent, settlement `refused` `store_unavailable`'],
  },
];

let platform: TestPlatform;
afterEach(() => platform.stop());

async function ask(key: string, long = false): Promise<{ readonly id: string; readonly client: string }> {
  const content = long ? 'word '.repeat(80_000) : 'Hello';
  const response = await platform.request('/v1/chat/completions', {
    key,
    headers: { 'x-blueprint-cache-control': 'ttl=60' },
    body: { model: MODEL, max_tokens: 20, messages: [{ role: 'user', content }] },
  });
  const text = await response.text();
  const id = response.headers.get('x-blueprint-trace-id') ?? '';
  if (response.status === 200) return { id, client: '200' };
  const { code } = (JSON.parse(text) as { readonly error: { readonly code: string } }).error;
  const retry = response.headers.get('retry-after');
  return { id, client: `${response.status} \`${code}\`${retry === null ? '' : `, \`retry-after: ${retry}\``}` };
}

/** When the request is over: after the answer, and what follows it. */
async function recorded(id: string): Promise<readonly [charged: string, recorded: string]> {
  await until(() => platform.logs().some(({ message, trace_id }) => message === 'request' && trace_id === id), 'the request was over');
  const kinds = (await platform.audit())[id] ?? {};
  if (kinds.INTENT === undefined) return ['nothing', Object.keys(kinds).join(', ') || 'nothing'];
  if (kinds.SETTLEMENT === undefined) return ['not yet', 'intent'];
  const settlement = unmarshalItem(kinds.SETTLEMENT as Parameters<typeof unmarshalItem>[0]) as unknown as Settlement;
  const { status, error_code: code } = settlement;
  return [chargeOf(settlement), `intent, settlement \`${status}\`${code === undefined ? '' : ` \`${code}\``}`];
}

test.each(cases.flatMap((given) => KINDS.map((kind) => ({ ...given, kind }))))('$what: $kind', async (given) => {
  platform = await startPlatform();
  const { endpoint } = platform.emulator.world;
  if (given.limited === true) await platform.limitTenant('acme', { concurrency: 5 });
  if (given.warm === true) expect((await ask(platform.key)).client).toBe('200');
  const faults: (() => void)[] = [];
  const lose = () => {
    if (faults.length === 0) faults.push(...given.lost.map((store) => endpoint.faults.add({ ...STORES[store], kind: given.kind })));
  };
  let asked = 0;
  const unlisten = endpoint.intercept(({ service, phase }) => {
    if (service !== 'bedrock' || phase !== 'before') return;
    asked += 1;
    lose();
  });
  if (given.from === 'start') lose();
  const { id, client } = await ask(platform.key, given.long);
  expect([client, ...(await recorded(id))]).toEqual(given.outcome);
  expect(asked).toBe(client === '200' ? 1 : 0);

  // And when it is back, so is the gateway: nobody has to start anything anew.
  unlisten();
  for (const remove of faults) remove();
  expect((await ask(platform.key, given.long)).client).toBe('200');
});

test.each(['ledger', 'audit', 'registry'] as const)(
  '%s, without an answer: the call is given up, and never hangs',
  async (store) => {
    platform = await startPlatform();
    await platform.limitTenant('acme', { concurrency: 5 });
    platform.emulator.world.endpoint.faults.add({ ...STORES[store], kind: 'latency', delayMs: 600_000 });
    expect((await ask(platform.key)).client).toBe(REFUSED);
  },
  30_000,
);

const CONSUMERS = [
  { what: 'usage roll-up', lost: { service: 'dynamodb', operation: 'UpdateItem' } },
  { what: 'archive of the audit trail', lost: { service: 's3', operation: 'PutObject' } },
] as const;

test.each(CONSUMERS)('$what: calls are answered, and what it missed is there once it is back', async ({ lost }) => {
  platform = await startPlatform();
  const { endpoint, eventSources } = platform.emulator.world;
  const remove = endpoint.faults.add({ ...lost, kind: 'unavailable' });
  const { id, client } = await ask(platform.key);
  expect([client, ...(await recorded(id))]).toEqual(['200', 'the usage', 'intent, settlement `ok`']);
  let done = 0;
  endpoint.intercept(({ operation, phase }) => {
    if (operation === lost.operation && phase === 'after') done += 1;
  });
  await eventSources.poll();
  expect(done).toBe(0);
  remove();
  expect(await eventSources.settle()).toEqual([]);
  expect(done).toBeGreaterThan(0);
  const usage = await platform.request('/v1/usage', { method: 'GET' });
  expect(await usage.json()).toMatchObject({ total: { calls: 1 } });
});

test('docs/lost-dependencies.md has this table', () => {
  expectMatrix(
    'Lost one at a time',
    [
      'Made from `test/local/lost-dependencies.test.ts`, which asserts each line on the whole platform three times: the store throttles, answers 503, closes the',
      'connection. The ledger, the audit trail and the registry are also lost without any answer: the call is given up after the attempts that it has. When the store is',
      'back, the next call is answered. The last two lines are asserted for a 503 alone.',
      '',
      '| what is lost | the client receives | it is charged | the audit trail has |',
      '| --- | --- | --- | --- |',
      ...cases.map(({ what, outcome }) => `| ${what} | ${outcome.join(' | ')} |`),
      ...CONSUMERS.map(({ what }) => `| ${what} | 200 | the usage | intent, settlement \`ok\`; it is caught up once it is back |`),
    ],
    'lost-dependencies.md',
  );
});
