import * as fs from 'node:fs';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import type { FaultKind } from '../../local/faults';
import { askPrompt, releasePromptWithSimilarAnswers } from '../helpers/ask-in-other-words';
import { expectMatrix, type Settlement, chargeOf } from '../helpers/fault-matrix';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { synthWithUpstream, UPSTREAM_SECRET, upstreamModel } from '../helpers/synth-with-upstream';
import { startUpstream, type Upstream } from '../helpers/upstream/upstream';

/**
 * What the gateway needs beside models, lost one by one: what the client receives, what it is charged and what the audit trail has. docs/lost-dependencies.md
 * is this table; `WRITE_FAULT_MATRIX=1 npm test -- test/local/lost-dependencies` writes it anew.
 */

const KINDS: readonly FaultKind[] = ['throttled', 'unavailable', 'refuse'];

/** Each has operations that the gateway makes of no other. */
const STORES = {
  ledger: { service: 'dynamodb', operation: 'UpdateItem' },
  audit: { service: 'dynamodb', operation: 'ExecuteStatement' },
  registry: { service: 'dynamodb', operation: 'BatchGetItem' },
  cacheRead: { service: 'dynamodb', operation: 'GetItem' },
  cacheWrite: { service: 'dynamodb', operation: 'PutItem' },
  content: { service: 's3', operation: 'PutObject' },
  index: { service: 'aoss' },
  secrets: { service: 'secretsmanager' },
} as const;

/** A chat with a model on Bedrock; a prompt whose answers are given to questions in other words too; a chat with a model whose key is a secret. */
type By = 'chat' | 'prompt' | 'secret';

interface Case {
  readonly what: string;
  readonly lost: readonly (keyof typeof STORES)[];
  /** Lost from the start, or once the model was asked. */
  readonly from: 'start' | 'model';
  readonly limited?: boolean;
  /** A call was answered before, so that the function knows its caller. */
  readonly warm?: boolean;
  /** More than the table has room for. */
  readonly long?: 'question' | 'answer';
  /** @default 'chat' */
  readonly by?: By;
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
    what: 'vector index, of a prompt whose answers are found in other words',
    lost: ['index'],
    from: 'start',
    by: 'prompt',
    outcome: ['200', 'the usage', 'intent, settlement `ok`'],
  },
  {
    what: 'Secrets Manager, for a provider whose key is not known yet',
    lost: ['secrets'],
    from: 'start',
    by: 'secret',
    outcome: ['503 `model_unavailable`', 'nothing', 'intent, settlement `error` `model_unavailable`'],
  },
  {
    what: 'Secrets Manager, for a provider whose key was read within 5 minutes',
    lost: ['secrets'],
    from: 'start',
    by: 'secret',
    warm: true,
    outcome: ['200', 'the usage', 'intent, settlement `ok`'],
  },
  {
    what: 'content bucket, of a question too long for the table',
    lost: ['content'],
    from: 'start',
    long: 'question',
    outcome: [REFUSED, 'nothing', 'intent, settlement `refused` `store_unavailable`'],
  },
  {
    what: 'content bucket, of an answer too long for the table',
    lost: ['content'],
    from: 'model',
    long: 'answer',
    outcome: ['200', 'the usage', 'intent, settlement `ok`, without the answer'],
  },
];

let platform: TestPlatform;
let upstream: Upstream;
let withSecret: string;
beforeAll(async () => {
  upstream = await startUpstream();
  withSecret = synthWithUpstream({
    providers: { keyed: { api: 'openai-compatible', baseUrl: `${upstream.url}/v1`, secretId: UPSTREAM_SECRET } },
    models: [MODEL, upstreamModel(KEYED_MODEL, 'keyed')],
  });
});
afterEach(() => platform.stop());
afterAll(async () => {
  await upstream.close();
  fs.rmSync(withSecret, { recursive: true });
});

const KEYED_MODEL = 'keyed-model';
const LONG_QUESTION = 'word '.repeat(80_000);
/** Nothing else holds to its schema. */
const LONG_ANSWER = {
  max_tokens: 20_000,
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'long',
      schema: { type: 'object', properties: { said: { const: 'word '.repeat(8_000) } }, required: ['said'], additionalProperties: false },
    },
  },
};

async function start(by: By = 'chat'): Promise<void> {
  platform = await startPlatform(by === 'secret' ? { assembly: withSecret } : {});
  if (by === 'prompt') await releasePromptWithSimilarAnswers(platform);
}

let asks = 0;
type Asking = Pick<Case, 'by' | 'long'>;
async function send({ by = 'chat', long }: Asking): Promise<Response> {
  asks += 1;
  // Another one each time: what was kept is not what answers.
  if (by === 'prompt') return askPrompt(platform, `How do I reset the password of my account ${asks}?`);
  const content = long === 'question' ? LONG_QUESTION : 'Hello';
  const model = by === 'secret' ? KEYED_MODEL : MODEL;
  const body = { model, max_tokens: 20, messages: [{ role: 'user', content }], ...(long === 'answer' && LONG_ANSWER) };
  return platform.request('/v1/chat/completions', { headers: { 'x-blueprint-cache-control': 'ttl=60' }, body });
}

async function ask(asking: Asking = {}): Promise<{ readonly id: string; readonly client: string }> {
  const response = await send(asking);
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
  const settlement = unmarshalItem(kinds.SETTLEMENT as Parameters<typeof unmarshalItem>[0]) as unknown as Settlement & {
    readonly output_in?: string;
  };
  const { status, error_code: code, output_in } = settlement;
  const without = output_in === 'nowhere' ? ', without the answer' : '';
  return [chargeOf(settlement), `intent, settlement \`${status}\`${code === undefined ? '' : ` \`${code}\``}${without}`];
}

test.each(cases.flatMap((given) => KINDS.map((kind) => ({ ...given, kind }))))('$what: $kind', async (given) => {
  await start(given.by);
  const { endpoint } = platform.emulator.world;
  if (given.limited === true) await platform.limitTenant('acme', { concurrency: 5 });
  if (given.warm === true) expect((await ask(given)).client).toBe('200');
  const faults: (() => void)[] = [];
  const lose = () => {
    if (faults.length === 0) faults.push(...given.lost.map((store) => endpoint.faults.add({ ...STORES[store], kind: given.kind })));
  };
  let asked = 0;
  const unlisten = endpoint.intercept(({ operation, phase }) => {
    if (operation !== 'ConverseStream' || phase !== 'before') return;
    asked += 1;
    lose();
  });
  if (given.from === 'start') lose();
  const { id, client } = await ask(given);
  expect([client, ...(await recorded(id))]).toEqual(given.outcome);
  if (given.by !== 'secret') expect(asked).toBe(client === '200' ? 1 : 0);

  // And when it is back, so is the gateway: nobody has to start anything anew.
  unlisten();
  for (const remove of faults) remove();
  expect((await ask(given)).client).toBe('200');
});

const NO_ANSWER = cases.filter(
  ({ from, warm, lost, limited }) => from === 'start' && warm !== true && (limited === true || lost[0] !== 'ledger'),
);

test.each(NO_ANSWER)(
  '$what, without an answer: never hangs',
  async (given) => {
    await start(given.by);
    if (given.limited === true) await platform.limitTenant('acme', { concurrency: 5 });
    for (const store of given.lost) platform.emulator.world.endpoint.faults.add({ ...STORES[store], kind: 'latency', delayMs: 600_000 });
    expect((await ask(given)).client).toBe(given.outcome[0]);
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
  const { id, client } = await ask();
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
      'connection. Each is also lost without any answer: what is needed is given up after the attempts that it has, and all else is gone on without. When the store is',
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
