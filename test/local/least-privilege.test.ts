import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { createSignedFetch } from '../../client';
import { createAccounts } from '../../lambdas/core/accounts/accounts';
import { promote } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { promptContent } from '../../lambdas/core/prompts/prompt-content';
import { createAuditStore } from '../../lambdas/core/audit';
import { newCallId } from '../../lambdas/core/trace-id';
import type { AssemblyStack } from '../../local/assembly';
import { matchesAction, matchesArn } from '../../local/iam/match';
import { askInOtherWords, releasePromptWithSimilarAnswers, unlikePairOf } from '../helpers/ask-in-other-words';
import { forgottenContent } from '../helpers/forgotten-content';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { deploys } from '../../lambdas/agents/deploys/agent';
import { decisionIdOf } from '../../lambdas/core/agents/decision';
import { reviewResolved } from '../../lambdas/core/agents/events';
import { TestAgents } from '../helpers/agents';

/** Everything that the platform's functions do, done once: each permission that their roles hold must have been put to use, and none missed. */

const MS_PER_DAY = 86_400_000;

let nowMs: number;
let platform: TestPlatform;
beforeEach(() => {
  nowMs = Date.now();
});
afterEach(() => platform.stop());

async function doEverything(): Promise<void> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const { data } = await platform.openai.models.list();
  let id = '';
  const isEmbedding = ({ id: model }: { readonly id: string }) => model.includes('embed');
  for (const model of data.filter(isEmbedding)) {
    expect((await platform.request('/v1/embeddings', { body: { model: model.id, input: 'Hello' } })).status).toBe(200);
  }
  for (const model of data.filter((each) => !isEmbedding(each))) {
    const response = await platform.request('/v1/chat/completions', { body: { model: model.id, messages } });
    expect(response.status).toBe(200);
    ({ id } = (await response.json()) as { id: string });
  }
  const large = { model: MODEL, messages: [{ role: 'user', content: 'word '.repeat(8_000) }] };
  const kept = await platform.request('/v1/chat/completions', { body: large });
  const largeId = kept.headers.get('x-blueprint-trace-id') ?? '';
  for (const call of [id, largeId, await forgottenContent(platform, largeId)]) {
    expect((await platform.request(`/v1/calls/${call}`, { method: 'GET' })).status).toBe(200);
  }
  await usePrompt();
  await useCache();
  await releasePromptWithSimilarAnswers(platform, nowMs);
  const { response } = await askInOtherWords(platform, unlikePairOf);
  await response.text();
  await until(() => platform.logs().some(({ verdict }) => verdict === 'false'), 'a false answer was taken out of the cache');
  await useAccounts();
  await administer();
  await countUsage();
  await useAgents();
  await keepArchive(id.replace('chatcmpl-', ''));
}

/** A prompt, as it is pushed, promoted and called. */
async function usePrompt(): Promise<void> {
  const registry = { client: platform.dynamodb, table: platform.emulator.output('RegistryTable') };
  const content = promptContent.parse({ messages: [{ role: 'user', template: 'Hello' }], variables: {} });
  await pushPrompt(registry, { id: 'greet', owner: 'tests', description: undefined, versions: [{ version: 1, content }] }, nowMs);
  await promote({ ...registry, id: 'greet', label: 'production', nowMs }, 1);
  expect((await platform.request('/v1/prompts/greet/completions', { body: {} })).status).toBe(200);
}

/** Asked twice: kept, and found. */
async function useCache(): Promise<void> {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
  const ask = () => platform.request('/v1/chat/completions', { body, headers: { 'x-blueprint-cache-control': 'ttl=60' } });
  await (await ask()).text();
  const hit = async () => (await ask()).headers.get('x-blueprint-cache') === 'exact';
  await until(hit, 'the answer was kept');
}

/** Accounts: a call of a tenant with limits, and those whose process dies before they are settled, which are swept, as is a lease of a process that died. */
async function useAccounts(): Promise<void> {
  const { world } = platform.emulator;
  const key = await platform.createKey('limited');
  const limits = { concurrency: 10, requestsPerMinute: 100, tokensPerMinute: 1_000_000 };
  await platform.limitTenant('limited', limits);
  const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
  expect((await platform.request('/v1/chat/completions', { body, key })).status).toBe(200);
  const accounts = createAccounts(
    { client: platform.dynamodb, once: platform.dynamodb, table: platform.emulator.output('LedgerTable') },
    { nowMs: () => nowMs - MS_PER_DAY },
  );
  const left = { id: newCallId(nowMs), accounts: [{ kind: 'tenant' as const, id: 'left', limits }], worst: { microUsd: 1, tokens: 1 } };
  await accounts.reserve(left);
  const lease = { requests: 1, untilMs: nowMs - MS_PER_DAY };
  await accounts.reserve({ ...left, id: 'lease', accounts: [{ kind: 'tenant', id: 'leased', limits }], lease });
  const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
  await audit.insertIntent(left.id, { ...intent, created_at: nowMs });
  // Of a caller whom nothing limits: no hold says that it is open.
  const dayAgoMs = nowMs - MS_PER_DAY;
  await audit.insertIntent(newCallId(dayAgoMs), { ...intent, tenant: 'acme', created_at: dayAgoMs });
  const [fired] = await world.schedules.fire('Sweeper');
  expect(JSON.parse(fired?.answer ?? '{}')).toMatchObject({ holds: { settled: 1, unknown: 1 }, intents: { unknown: 1 } });
}

const intent = {
  tenant: 'left',
  key_id: 'key',
  door: 'v1' as const,
  requested_model: MODEL,
  input_hash: 'hash',
  worst_case_cost_micro_usd: 1,
  stream: false,
  price_table_version: 'v',
  gateway_version: 'v',
};

/** A key is made and revoked over the API, and usage looked at. */
async function administer(): Promise<void> {
  const { world, administrator } = platform.emulator;
  const signed = createSignedFetch({ region: world.region, credentials: administrator });
  const at = `${platform.url}/iam/v1/admin`;
  const ask = (path: string, body?: object) => signed(`${at}${path}`, { method: 'POST', ...(body && { body: JSON.stringify(body) }) });
  const created = await ask('/keys', { tenant: 'administered', name: 'first' });
  expect(created.status).toBe(201);
  const { record } = (await created.json()) as { record: { keyId: string } };
  expect((await ask(`/keys/${record.keyId}/revoke`)).status).toBe(200);
  expect((await signed(`${at}/tenants/administered/usage`)).status).toBe(200);
}

/** Usage: what was counted is read, and a settlement that cannot be is told of. */
async function countUsage(): Promise<void> {
  const unreadable = { pk: { S: `CALL#${newCallId(nowMs)}` }, sk: { S: 'SETTLEMENT' } };
  await platform.dynamodb.send(new PutItemCommand({ TableName: platform.emulator.output('AuditTable'), Item: unreadable }));
  await platform.emulator.world.eventSources.settle();
  const response = await platform.request('/v1/usage', { method: 'GET' });
  expect(response.status).toBe(200);
}

/** Agents: what fails, what cannot be read, what acts, and what a person approves or nobody does. */
async function useAgents(): Promise<void> {
  const { eventSources, schedules } = platform.emulator.world;
  const agents = await TestAgents.of(platform);
  const published = await Promise.all(TestAgents.all.map(async (agent) => ({ agent, id: await agents.publish(agent) })));
  for (const agent of TestAgents.all) {
    await agents.publishUnreadable(agent);
    // Of no decision of theirs: it fails.
    await agents.publisher.publish(reviewResolved, { agent: agent.name, decision_id: 'nobody', verdict: 'approve' });
  }
  await delivered();
  const decisions = await Promise.all(published.map(async ({ agent, id }) => ({ agent, decision: await agents.decision(agent, id) })));
  for (const { agent, decision } of decisions) {
    expect([agent.name, decision?.course]).toEqual([agent.name, agent.name === 'deploys' ? 'review' : 'act']);
  }
  const waiting = decisions.find(({ decision }) => decision?.course === 'review')?.decision?.id ?? '';
  expect((await agents.review('')).status).toBe(200);
  // A key that does not name the route.
  expect((await platform.request('/v1/reviews', { method: 'GET' })).status).toBe(403);
  expect((await agents.review(`/${waiting}`)).status).toBe(200);
  expect((await agents.review(`/${waiting}/claim`, {})).status).toBe(200);
  expect((await agents.review(`/${waiting}/resolution`, { verdict: 'approve' })).status).toBe(200);
  await delivered();
  // Another, that nobody resolves.
  const late = await agents.publish(deploys);
  await delivered();
  const [swept] = await schedules.fire('ReviewQueue');
  expect(JSON.parse(swept?.answer ?? '{}')).toEqual({ expired: 0, told: 0 });
  const key = { pk: { S: `DECISION#${decisionIdOf(deploys.name, late)}` }, sk: { S: 'CASE' } };
  const update = { UpdateExpression: 'SET expiresAtMs = :past', ExpressionAttributeValues: { ':past': { N: '1' } } };
  await platform.dynamodb.send(new UpdateItemCommand({ TableName: agents.runs.table, Key: key, ...update }));
  const [denied] = await schedules.fire('ReviewQueue');
  expect(JSON.parse(denied?.answer ?? '{}')).toEqual({ expired: 1, told: 1 });
  await delivered();
  agents.close();

  async function delivered(): Promise<void> {
    await platform.emulator.world.background.settle();
    await eventSources.settle();
  }
}

/** The archive: records are copied, one that was changed is kept, one that cannot be copied is given up, and the day is sealed and checked. */
async function keepArchive(callId: string): Promise<void> {
  const { endpoint, eventSources, schedules } = platform.emulator.world;
  await eventSources.settle();
  const change = {
    TableName: platform.emulator.output('AuditTable'),
    Key: { pk: { S: `CALL#${callId}` }, sk: { S: 'INTENT' } },
    UpdateExpression: 'SET tenant = :other',
    ExpressionAttributeValues: { ':other': { S: 'other' } },
  };
  await platform.dynamodb.send(new UpdateItemCommand(change));
  await eventSources.settle();
  const stop = endpoint.faults.add({ service: 's3', kind: 'unavailable' });
  await platform.dynamodb.send(new UpdateItemCommand({ ...change, UpdateExpression: 'SET tenant = :other, door = :other' }));
  await eventSources.settle();
  stop();
  nowMs += MS_PER_DAY;
  await eventSources.settle();
  const [fired] = await schedules.fire('Daily');
  expect(JSON.parse(fired?.answer ?? '[]')).toMatchObject([{ discrepancies: [{ kind: 'record_changed' }] }]);
}

interface Grant {
  readonly roleArn: string;
  readonly action: string;
  readonly resource: string;
}

/** One by one what the roles of the templates may do. */
function grants(): Grant[] {
  return [...platform.emulator.world.roles.values()].filter(isOurs).flatMap((role) =>
    role.policies
      .flatMap(({ Statement }) => [Statement].flat())
      .filter(({ Effect }) => Effect !== 'Deny')
      .flatMap(({ Action, Resource }) =>
        list(Action).flatMap((action) => list(Resource).map((resource) => ({ roleArn: role.arn, action, resource }))),
      ),
  );
}

/** CDK's own function empties a bucket before `cdk destroy` deletes it: nothing here runs it. */
const isOurs = ({ name }: { readonly name: string }): boolean => !name.includes('CustomS3AutoDeleteObjects');

const list = (value: string | readonly string[] | undefined): readonly string[] => (typeof value === 'string' ? [value] : (value ?? []));

function unused(): Grant[] {
  const { uses } = platform.emulator.world.permissions;
  return grants().filter(
    ({ roleArn, action, resource }) =>
      !uses.some((use) => use.roleArn === roleArn && matchesAction(action, use.action) && matchesArn(resource, use.resource)),
  );
}

test('no permission of any role goes unused, and none is missing', async () => {
  platform = await startPlatform({ now: () => nowMs });
  await doEverything();
  expect(grants().length).toBeGreaterThan(10);
  expect(unused()).toEqual([]);
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
}, 120_000);

test('a permission that nobody needs is found', async () => {
  platform = await startPlatform({ now: () => nowMs, transform: (stacks) => withGrant(stacks, 'dynamodb:Scan') });
  await doEverything();
  expect(unused()).toEqual([expect.objectContaining({ action: 'dynamodb:Scan', resource: '*' })]);
}, 120_000);

function withGrant(stacks: readonly AssemblyStack[], action: string): AssemblyStack[] {
  const changed = structuredClone(stacks) as AssemblyStack[];
  for (const [id, resource] of changed.flatMap(({ template }) => Object.entries(template.Resources))) {
    if (!id.startsWith('GatewayFunctionRoleDefaultPolicy')) continue;
    const { PolicyDocument } = resource.Properties as unknown as { PolicyDocument: { Statement: object[] } };
    PolicyDocument.Statement.push({ Effect: 'Allow', Action: action, Resource: '*' });
  }
  return changed;
}
