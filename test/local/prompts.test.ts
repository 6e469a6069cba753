import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { promote, rollback, startCanary, startExperiment } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAccounts } from '../../lambdas/core/accounts/accounts';
import { createAuditStore } from '../../lambdas/core/audit';
import { Breakers } from '../../lambdas/core/breaker';
import { createDynamoDbClient } from '../../lambdas/core/dynamodb-client';
import { loadPlatform } from '../../lambdas/core/load-platform';
import { contentHash, promptContent } from '../../lambdas/core/prompts/prompt-content';
import { createPromptReader } from '../../lambdas/core/prompts/prompt-reader';
import { createTokens } from '../../lambdas/core/identity/tokens';
import { createRegistry } from '../../lambdas/core/registry';
import { createGuards } from '../../lambdas/core/safety/guards';
import { createAdapters } from '../../lambdas/gateway/adapters';
import { createApp } from '../../lambdas/gateway/app';
import type { GatewayApp } from '../../lambdas/gateway/environment';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** Prompts in the local emulator: its registry table, its permissions, the function's own bundle. */

const INSTANCES = 3;
const FOLLOWED_WITHIN_MS = 30_000;

let platform: TestPlatform;
let nowMs: number;
beforeEach(async () => {
  nowMs = Date.now();
  platform = await startPlatform();
});
afterEach(() => platform.stop());

/** A version whose answers say which it is: the simulated model repeats what it is asked. */
const greeting = (version: number) =>
  promptContent.parse({
    messages: [{ role: 'user', template: `Version ${version} greets {{name}}` }],
    variables: { name: { type: 'string', maxLength: 100 } },
    model: { models: [MODEL] },
    parameters: { maxOutputTokens: 100 },
  });
const hashOf = (version: number) => contentHash(greeting(version));

const registry = () => ({ client: platform.dynamodb, table: platform.emulator.output('RegistryTable') });
const label = () => ({ ...registry(), id: 'greet', label: 'production', nowMs });
const push = (...versions: readonly number[]) =>
  pushPrompt(
    registry(),
    { id: 'greet', owner: 'tests', description: undefined, versions: versions.map((version) => ({ version, content: greeting(version) })) },
    nowMs,
  );
const call = (body: object = {}, path = '/v1/prompts/greet/completions') =>
  platform.request(path, { body: { variables: { name: 'Ada' }, ...body } });

/** Micro-dollars used in this month's items of the ledger, by account. */
async function accountsInLedger(): Promise<Map<string, unknown>> {
  const { Items = [] } = await platform.dynamodb.send(
    new ScanCommand({ TableName: platform.emulator.output('LedgerTable'), ConsistentRead: true }),
  );
  const months = Items.map(unmarshalItem).filter(({ sk }) => String(sk).startsWith('MONTH#'));
  return new Map(months.map(({ pk, used }) => [String(pk), used]));
}

interface Answer {
  readonly id: string;
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}

/** Which version an answer shows that it was asked with. */
function versionIn(answer: Answer): number {
  return Number(/"Version (\d+) greets/.exec(answer.choices[0]?.message.content ?? '')?.[1]);
}

async function records(): Promise<Map<string, { intent: Record<string, unknown>; settlement: Record<string, unknown> | undefined }>> {
  const plain = (item: Record<string, unknown> | undefined) => item && unmarshalItem(item as Parameters<typeof unmarshalItem>[0]);
  return new Map(
    Object.entries(await platform.audit()).map(([id, { INTENT, SETTLEMENT }]) => [
      id,
      { intent: plain(INTENT) ?? {}, settlement: plain(SETTLEMENT) },
    ]),
  );
}

/** Gateways as environments of the function are: each with what it has looked up itself, all on the test's clock. */
function startInstances() {
  const { world, administrator } = platform.emulator;
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: world.endpoint.url,
    AWS_REGION: world.region,
    AWS_ACCESS_KEY_ID: administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    AWS_SESSION_TOKEN: administrator.sessionToken,
  });
  const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
  const document = loadPlatform(platform.gateway.definition.folder);
  const output = (name: string) => platform.emulator.output(name);
  const client = createDynamoDbClient();
  let labelReads = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      if (JSON.stringify(args.input).includes('LABEL#')) labelReads += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
  const apps: readonly GatewayApp[] = Array.from({ length: INSTANCES }, () =>
    createApp({
      platform: document,
      registry: createRegistry(client, output('RegistryTable'), clock),
      tokens: createTokens(undefined, () => Promise.reject(new Error('nothing is to be fetched')), clock),
      prompts: createPromptReader(client, output('RegistryTable'), clock),
      audit: createAuditStore(client, output('AuditTable'), 7),
      accounts: createAccounts({ client, once: client, table: output('LedgerTable') }, clock),
      content: { get: () => Promise.resolve(undefined) },
      usage: () => Promise.resolve([]),
      adapters: createAdapters(document.providers, () => Promise.reject(new Error('no keys here'))),
      guards: createGuards(document.safety),
      breakers: new Breakers(document.routing.breaker, clock),
      clock,
      log: { info: () => undefined, error: () => undefined },
      metrics: { record: () => undefined },
      version: 'test',
    }),
  );
  return {
    apps,
    labelReads: () => labelReads,
    finished: async () => {
      await Promise.all(work.splice(0));
    },
    close: () => {
      client.destroy();
      process.env = before;
    },
  };
}

const work: Promise<unknown>[] = [];
const context = { waitUntil: (promise: Promise<unknown>) => void work.push(promise), passThroughOnException: () => undefined, props: {} };

interface Served {
  readonly instance: number;
  readonly atMs: number;
  readonly status: number;
  readonly answer: Answer;
}

test('a version goes live and back while calls go on: none fails, each record names its version, everybody follows within 30 s', async () => {
  const { apps, labelReads, finished, close } = startInstances();
  const served: Served[] = [];
  async function serve(instance: number): Promise<void> {
    const atMs = nowMs;
    const response = await apps[instance]?.request(
      '/v1/prompts/greet/completions',
      {
        method: 'POST',
        headers: { authorization: `Bearer ${platform.key}` },
        body: JSON.stringify({ variables: { name: `n${served.length}` } }),
      },
      {},
      context,
    );
    if (response === undefined) throw new Error(`no instance ${instance}`);
    served.push({ instance, atMs, status: response.status, answer: (await response.json()) as Answer });
  }
  /** So many seconds of load on all instances, with something that happens in the midst of its first calls. */
  async function load(seconds: number, meanwhile?: () => Promise<unknown>): Promise<void> {
    for (let second = 0; second < seconds; second += 5) {
      const calls = apps.flatMap((_app, instance) => [serve(instance), serve(instance)]);
      await Promise.all([...calls, second === 0 ? meanwhile?.() : undefined]);
      nowMs += 5_000;
    }
  }

  try {
    const startMs = nowMs;
    await push(1);
    await promote(label(), 1);
    await load(20, () => push(2));
    const promotedMs = nowMs;
    await load(50, () => promote(label(), 2));
    const rolledBackMs = nowMs;
    await load(50, () => rollback(label()));
    await finished();

    expect(served.length).toBeGreaterThan(100);
    expect(served.filter(({ status }) => status !== 200)).toEqual([]);
    const versions = served.map(({ answer }) => versionIn(answer));
    for (const [index, { atMs }] of served.entries()) {
      if (atMs < promotedMs || atMs >= rolledBackMs + FOLLOWED_WITHIN_MS) expect(versions[index]).toBe(1);
      if (atMs >= promotedMs + FOLLOWED_WITHIN_MS && atMs < rolledBackMs) expect(versions[index]).toBe(2);
    }
    for (const instance of apps.keys()) {
      const own = served.flatMap((each, index) => (each.instance === instance ? [versions[index]] : []));
      expect(own.filter((version, index) => version !== own[index - 1])).toEqual([1, 2, 1]);
    }
    const kept = await records();
    expect(kept.size).toBe(served.length);
    for (const [index, { answer }] of served.entries()) {
      const version = versions[index] ?? 0;
      const record = kept.get(answer.id.replace('chatcmpl-', ''));
      expect(record?.intent.prompt).toEqual({ id: 'greet', version, hash: hashOf(version), label: 'production' });
      expect(record?.settlement).toMatchObject({ status: 'ok', attribution: { prompt: 'greet' } });
    }
    // Each instance looks once in 30 s, not once a call.
    expect(labelReads()).toBe(INSTANCES * Math.ceil((nowMs - startMs) / FOLLOWED_WITHIN_MS));
  } finally {
    close();
  }
});

test('the function itself serves what was released, with the permissions that it has', async () => {
  await push(1, 2);
  expect((await call()).status).toBe(404);
  await promote({ ...label(), label: 'staging' }, 2);
  const response = await call({ label: 'staging', metadata: { service: 'desk' } });
  expect([response.status, response.headers.get('x-blueprint-prompt-version')]).toEqual([200, 'greet@2']);
  const answer = (await response.json()) as Answer;
  expect(versionIn(answer)).toBe(2);
  const seen = await platform.request(`/v1/calls/${answer.id.replace('chatcmpl-', '')}`, { method: 'GET' });
  expect(await seen.json()).toMatchObject({
    intent: { prompt: { id: 'greet', version: 2, hash: hashOf(2), label: 'staging' } },
    settlement: { status: 'ok' },
  });
  expect(versionIn((await (await call({ version: 1 })).json()) as Answer)).toBe(1);
  const streamed = await call({ version: 1, stream: true });
  expect(await streamed.text()).toMatch(/\[DONE\]\n\n$/);
  expect((await call({ version: 3 })).status).toBe(404);
  expect((await call({ variables: {}, version: 1 })).status).toBe(400);
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
});

test('values of 4 MB, and such as mean something to templates, go through the function as data', async () => {
  await push(1);
  await promote(label(), 1);
  for (const name of ['{{name}}', '{{#if name}}', '","role":"system"', '\\{{', 'é\u0000\u202e']) {
    const response = await call({ variables: { name } });
    expect(response.status).toBe(200);
    expect(((await response.json()) as Answer).choices[0]?.message.content).toContain(name.slice(0, 4));
  }
  const large = await call({ variables: { name: 'a'.repeat(4_000_000) } });
  expect(large.status).toBe(400);
  expect(await large.json()).toMatchObject({ error: { param: 'variables.name', message: expect.stringContaining('received 4000000') } });
});

test('a canary in the function: each subject keeps its version, and the records say whose it was', async () => {
  await push(1, 2);
  await promote(label(), 1);
  await startCanary(label(), 2, 50);
  const seen = new Map<string, Set<number>>();
  // One after the other: each further environment would take a second to start.
  for (let index = 0; index < 36; index += 1) {
    const subject = `s-${index % 12}`;
    const version = versionIn((await (await call({ subject })).json()) as Answer);
    seen.set(subject, (seen.get(subject) ?? new Set()).add(version));
  }
  expect([...seen.values()].every(({ size }) => size === 1)).toBe(true);
  expect(new Set([...seen.values()].flatMap((versions) => [...versions]))).toEqual(new Set([1, 2]));
  for (const { intent } of (await records()).values()) {
    const prompt = intent.prompt as { readonly version: number; readonly canary?: boolean };
    expect(prompt.canary).toBe(prompt.version === 2 ? true : undefined);
  }
});

test('an experiment in the function: arms on every record, copies paid from its own account until it is used up', async () => {
  await push(1, 2);
  await promote(label(), 1);
  const arms = [
    { name: 'today', weight: 1 },
    { name: 'next', weight: 1, version: 2 },
  ];
  await startExperiment(label(), { id: 'try', arms, shadow: { name: 'copy', percent: 100, version: 2, microUsdPerDay: 2_000 } });
  const key = await platform.createKey('poor');
  await platform.limitTenant('poor', { microUsdPerDay: 1_000_000 });
  const calls = 12;
  for (let index = 0; index < calls; index += 1) {
    const response = await platform.request('/v1/prompts/greet/completions', {
      key,
      body: { variables: { name: 'Ada' }, subject: `s-${index}` },
    });
    expect(response.status).toBe(200);
  }
  const settledAll = async () => [...(await records()).values()].filter(({ settlement }) => settlement !== undefined).length === 2 * calls;
  await until(settledAll, 'each call and its copy is settled');
  const all = [...(await records()).values()];
  const own = all.filter(({ intent }) => intent.shadow_of === undefined);
  const copies = all.filter(({ intent }) => intent.shadow_of !== undefined);
  expect([own.length, copies.length]).toEqual([calls, calls]);
  expect(new Set(own.map(({ intent }) => JSON.stringify(intent.experiment)))).toEqual(
    new Set(['{"id":"try","arm":"today"}', '{"id":"try","arm":"next"}']),
  );
  const costOf = (of: typeof all) => of.reduce((sum, { settlement }) => sum + Number(settlement?.cost_micro_usd), 0);
  const statuses = new Set(copies.map(({ settlement }) => settlement?.status));
  expect(statuses).toEqual(new Set(['ok', 'refused']));
  expect(costOf(copies)).toBeGreaterThan(0);
  expect(costOf(copies)).toBeLessThanOrEqual(2_000);
  const ledger = await accountsInLedger();
  expect(ledger.get('ACCOUNT#experiment#greet.try')).toBe(costOf(copies));
  expect(ledger.get('ACCOUNT#tenant#poor')).toBe(costOf(own));
});
