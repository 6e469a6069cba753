import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createKey } from '../../lambdas/core/administration/key-store';
import { setTeam } from '../../lambdas/core/administration/team-store';
import { promote } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { promptContent } from '../../lambdas/core/prompts/prompt-content';
import type { Scopes } from '../../lambdas/core/scopes';
import { toTenantItem } from '../../lambdas/core/tenants';
import { chatRequest } from '../../lambdas/gateway/openai/request';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { INVOKE, registerRole, roleWith, signAs } from '../helpers/roles';
import { createTestGateway } from '../unit/lambdas/support/ports';

/**
 * Tenants do not learn of each other: for every route, and every identifier that a caller can send, another tenant's is answered exactly as one that
 * does not exist: status, headers and body, but for the identifier itself and the request's own trace id.
 */

const EMBEDDER = 'titan-embed-text-v2';
const NOTED = { 'x-blueprint-tags': 'service=secret-service,feature=secret-feature', 'x-blueprint-cache-control': 'ttl=600' };
const ATTRIBUTED = { user: 'secret-user', metadata: { order: 'secret-order' } };
const DOORS = ['v1', 'iam'] as const;
type Door = (typeof DOORS)[number];

interface Sent {
  readonly method: 'GET' | 'POST';
  /** After the door's prefix. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

interface Probe {
  readonly what: string;
  /** Whose scopes leave out what it looks for; else a tenant without any. */
  readonly bounded?: boolean;
  readonly theirs: () => string;
  readonly missing: string;
  readonly send: (id: string) => Sent;
}

let platform: TestPlatform;
/** Ids of calls of the tenant `acme`, by what they were. */
const theirs: Record<string, string> = {};
const keys: Record<string, string> = {};
const callers: Partial<Record<string, ReturnType<typeof roleWith>>> = {};
/** As long as one of a call that was made, and begun in the same second. */
const missingCall = () => `${theirs.chat?.slice(0, 8)}${'0'.repeat(24)}`;

const secretBody = { model: MODEL, messages: [{ role: 'user', content: 'What acme asked once' }], ...ATTRIBUTED };
const secretPrompt = { variables: { name: 'acme' }, subject: 'secret-subject', ...ATTRIBUTED };
const secretInput = { model: EMBEDDER, input: 'What acme embedded', ...ATTRIBUTED };

const get = (path: string, query?: Sent['query']): Sent => ({ method: 'GET', path, ...(query && { query }) });
const post = (path: string, body: object, headers: Sent['headers'] = {}): Sent => ({ method: 'POST', path, body, headers });

const callProbes = (send: (id: string) => Sent): readonly Probe[] =>
  ['chat', 'reported', 'open', 'embeddings', 'prompt'].flatMap((kind) =>
    ['', 'chatcmpl-'].map((prefix) => ({
      what: `${prefix === '' ? 'the id' : 'the completion id'} of a call: ${kind}`,
      theirs: () => theirs[kind] ?? '',
      missing: 'call',
      send: (id: string) => send(`${prefix}${id}`),
    })),
  );

/** Everything that was theirs is sent, but for one word of it that nobody has sent. */
const wordProbe = (what: string, word: string, send: (word: string) => Sent): Probe => ({
  what,
  theirs: () => word,
  // As long, so that tokens and costs are the same.
  missing: word.replace(/[a-z]/g, (letter) => (letter === 'z' ? 'y' : 'z')),
  send,
});

/** By route, as the app has them; `[]`: it takes no identifier. */
const PROBES: Readonly<Record<string, readonly Probe[]>> = {
  'GET /calls/:id': callProbes((id) => get(`/calls/${id}`)),
  'POST /calls/:id/outcome': callProbes((id) => post(`/calls/${id}/outcome`, { success: true })),
  'GET /models': [],
  'GET /models/:id': ['nova-lite', 'nova-micro'].map((model) => ({
    what: `the model ${model} that it may not use`,
    bounded: true,
    theirs: () => model,
    missing: 'no-such-model',
    send: (id) => get(`/models/${id}`),
  })),
  'GET /usage': [
    { what: 'a tenant', theirs: () => 'acme', missing: 'nobody', send: (tenant) => get('/usage', { tenant }) },
    { what: 'a tenant in place of a dimension', theirs: () => 'acme', missing: 'nobody', send: (id) => get('/usage', { group_by: id }) },
  ],
  'POST /chat/completions': [
    wordProbe('the question of an answer that was kept', 'acme', (word) =>
      post('/chat/completions', { ...secretBody, messages: [{ role: 'user', content: `What ${word} asked once` }] }, NOTED),
    ),
    wordProbe('a user', 'secret-user', (user) => post('/chat/completions', { ...secretBody, user })),
    wordProbe('metadata', 'secret-order', (order) => post('/chat/completions', { ...secretBody, metadata: { order } })),
    wordProbe('tags', 'secret-service', (word) =>
      post('/chat/completions', secretBody, { 'x-blueprint-tags': `service=${word},feature=secret-feature` }),
    ),
    ...['nova-lite', 'nova-micro'].map((model) => ({
      what: `the model ${model} that it may not use`,
      bounded: true,
      theirs: () => model,
      missing: 'no-such-model',
      send: (id: string) => post('/chat/completions', { ...secretBody, model: id }),
    })),
  ],
  'POST /embeddings': [
    wordProbe('a text that was embedded', 'acme', (word) => post('/embeddings', { ...secretInput, input: `What ${word} embedded` })),
    wordProbe('a user', 'secret-user', (user) => post('/embeddings', { ...secretInput, user })),
    wordProbe('metadata', 'secret-order', (order) => post('/embeddings', { ...secretInput, metadata: { order } })),
    {
      what: 'a model that it may not use',
      bounded: true,
      theirs: () => EMBEDDER,
      missing: 'no-such-embedder',
      send: (model) => post('/embeddings', { ...secretInput, model }),
    },
  ],
  'POST /prompts/:id/completions': [
    ...[
      { variables: { name: 'x' } },
      { variables: {} },
      { variables: { name: 'x' }, label: 'staging' },
      { variables: { name: 'x' }, version: 9 },
      { variables: { name: 'x' }, model: 'nova-lite' },
    ].map((body) => ({
      what: `a prompt that it may not use, with ${JSON.stringify(body)}`,
      bounded: true,
      theirs: () => 'secret-prompt',
      missing: 'no-such-prompt',
      send: (id: string) => post(`/prompts/${id}/completions`, body),
    })),
    wordProbe('the variables of an answer that was kept', 'acme', (name) =>
      post('/prompts/shared/completions', { ...secretPrompt, variables: { name } }, NOTED),
    ),
    wordProbe('a subject', 'secret-subject', (subject) => post('/prompts/shared/completions', { ...secretPrompt, subject })),
    wordProbe('a user', 'secret-user', (user) => post('/prompts/shared/completions', { ...secretPrompt, user })),
  ],
};

/** What a chat may say, and whether it names something. A new field of the request is to be thought of here. */
const NAMES = ['metadata', 'model', 'user'];
const NO_NAMES =
  'logprobs max_completion_tokens max_cost_usd max_tokens messages parallel_tool_calls reasoning_effort response_format stop stream stream_options task_type temperature tool_choice tools top_logprobs top_p';

/** Asks again while the stage of API Gateway is too busy: it knows no tenants. */
async function ask(door: Door, who: string, sent: Sent): Promise<Response> {
  for (let tries = 0; tries < 50; tries += 1) {
    const response = await askOnce(door, who, sent);
    if (response.headers.get('x-amzn-errortype') !== 'THROTTLED') return response;
    await response.text();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The stage of API Gateway never had room.');
}

async function askOnce(door: Door, who: string, { method, path, query, headers, body }: Sent): Promise<Response> {
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  if (door === 'v1') return platform.request(`/v1${path}${search}`, { method, body, headers: { ...headers }, key: keys[who] ?? null });
  const role = callers[who];
  if (role === undefined) throw new Error(`There is no role of ${who}.`);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = { method, path: `/iam/v1${path}`, ...(query && { query }), ...(headers && { headers }) };
  const signed = await signAs(platform, role.credentials, { ...request, ...(text !== undefined && { body: text }) });
  return platform.request(`/iam/v1${path}${search}`, { method, body: text, headers: signed, key: null });
}

const OF_ANY_REQUEST = new Set(['date', 'x-amzn-requestid', 'x-blueprint-overhead-ms']);

/** What is left of an answer without what differs between any two requests. */
async function answerOf(response: Response, id: string) {
  const trace = response.headers.get('x-blueprint-trace-id') ?? '';
  const plain = (text: string) =>
    text
      .replaceAll(trace, 'TRACE')
      .replaceAll(id, 'ID')
      .replace(/"created":\d+/, '"created":0')
      // Of two texts they differ.
      .replace(/"embedding":\[[^\]]*\]/, '"embedding":[]');
  const headers = [...response.headers].filter(([name]) => !OF_ANY_REQUEST.has(name)).map(([name, value]) => `${name}: ${plain(value)}`);
  return { status: response.status, headers: headers.toSorted(), body: plain(await response.text()) };
}

async function made(sent: Sent): Promise<string> {
  const response = await ask('v1', 'acme', sent);
  await response.text();
  expect(response.status).toBe(200);
  return response.headers.get('x-blueprint-trace-id') ?? '';
}

/** One of acme's teams, whose callers see no call but its own. */
async function registerTeam(team: string): Promise<void> {
  const registry = { client: platform.dynamodb, table: platform.emulator.output('RegistryTable'), tenant: 'acme', team };
  await setTeam(registry, () => ({}), Date.now());
  keys[team] = (await createKey({ ...registry, name: team })).secret;
  const role = roleWith(platform, team, INVOKE);
  await registerRole(platform, role.roleArn, 'acme', team);
  callers[team] = role;
}

async function register(tenant: string, scopes?: Scopes): Promise<void> {
  await platform.dynamodb.send(
    new PutItemCommand({
      TableName: platform.emulator.output('RegistryTable'),
      Item: toTenantItem({ tenant, limits: {}, ...(scopes && { scopes }), updatedAt: 1 }),
    }),
  );
  keys[tenant] = await platform.createKey(tenant);
  const role = roleWith(platform, tenant, INVOKE);
  await registerRole(platform, role.roleArn, tenant);
  callers[tenant] = role;
}

beforeAll(async () => {
  platform = await startPlatform();
  await register('acme');
  // One for each door: what the first has asked would be kept for the second.
  for (const door of DOORS) await register(`stranger-${door}`);
  await register('quiet');
  for (const team of ['team-a', 'team-b']) await registerTeam(team);
  await register('bounded', { models: [MODEL], prompts: ['shared'] });
  const registry = { client: platform.dynamodb, table: platform.emulator.output('RegistryTable') };
  const content = promptContent.parse({
    messages: [{ role: 'user', template: 'Greet {{name}}' }],
    variables: { name: { type: 'string', maxLength: 100 } },
    model: { models: [MODEL] },
  });
  for (const id of ['shared', 'secret-prompt']) {
    await pushPrompt(registry, { id, owner: 'tests', description: undefined, versions: [{ version: 1, content }] }, Date.now());
    await promote({ ...registry, id, label: 'production', nowMs: Date.now() }, 1);
  }
  theirs.chat = await made(post('/chat/completions', secretBody, NOTED));
  theirs.reported = await made(post('/chat/completions', { ...secretBody, user: 'another' }));
  theirs.embeddings = await made(post('/embeddings', secretInput));
  theirs.prompt = await made(post('/prompts/shared/completions', secretPrompt, NOTED));
  theirs.open = await openCall();
  await until(
    async () => (await ask('v1', 'acme', post(`/calls/${theirs.reported}/outcome`, { success: true }))).status === 201,
    'it was reported',
  );
  // What was kept is found by who asked it.
  await until(async () => {
    const again = await ask('v1', 'acme', post('/chat/completions', secretBody, NOTED));
    await again.text();
    return again.headers.get('x-blueprint-cache') === 'exact';
  }, 'the answer was kept');
});
afterAll(() => platform.stop());

/** A call whose process died before it was settled. */
async function openCall(): Promise<string> {
  const settled = Object.entries(await platform.audit()).find(([id]) => id === theirs.chat)?.[1].INTENT;
  if (settled === undefined) throw new Error('The call that was made has no intent.');
  const id = `${theirs.chat?.slice(0, 8)}${'a'.repeat(24)}`;
  const Item = { ...settled, pk: { S: `CALL#${id}` }, sk: { S: 'INTENT' } } as PutItemCommand['input']['Item'];
  await platform.dynamodb.send(new PutItemCommand({ TableName: platform.emulator.output('AuditTable'), Item }));
  return id;
}

test('every route of the app is listed, at both doors', () => {
  const { routes } = createTestGateway().app;
  const named = routes.filter(({ method, path }) => method !== 'ALL' && path !== '/healthz').map(({ method, path }) => `${method} ${path}`);
  const listed = Object.keys(PROBES).flatMap((route) => DOORS.map((door) => route.replace(' ', door === 'v1' ? ' /v1' : ' /iam/v1')));
  expect([...new Set(named)].toSorted()).toEqual(listed.toSorted());
});

test('every field of a chat is known to name something, or not to', () => {
  expect(Object.keys(chatRequest.shape).toSorted()).toEqual([...NAMES, ...NO_NAMES.split(' ')].toSorted());
});

test.each(['chat', 'reported', 'open', 'embeddings', 'prompt'])('%s: the call is there for who made it', async (kind) => {
  for (const door of DOORS) expect((await ask(door, 'acme', get(`/calls/${theirs[kind]}`))).status).toBe(200);
});

const ofCalls = (['GET /calls/:id', 'POST /calls/:id/outcome'] as const).flatMap((route) =>
  DOORS.flatMap((door) => (PROBES[route] ?? []).map((probe) => ({ door, route, ...probe }))),
);

test.each(ofCalls)('$door, $route, by a team of the same tenant: $what', async ({ door, theirs: idOf, send }) => {
  const before = await answerOf(await ask(door, 'team-a', send(missingCall())), missingCall());
  const foreign = await answerOf(await ask(door, 'team-a', send(idOf())), idOf());
  expect([foreign, foreign.status]).toEqual([before, 404]);
});

test('a team sees its own calls and usage, its sister none of it, and who has no team all of the tenant', async () => {
  const asked = await ask('v1', 'team-a', post('/chat/completions', { ...secretBody, user: 'team-a' }));
  await asked.text();
  const id = asked.headers.get('x-blueprint-trace-id');
  await platform.emulator.world.background.settle();
  await platform.emulator.world.eventSources.settle();
  const calls = async (door: Door, who: string) => {
    const response = await ask(door, who, get('/usage', { group_by: 'team' }));
    const { team, data, total } = (await response.json()) as { team?: string; data: { team: string | null }[]; total: { calls: number } };
    return { team, teams: data.map((row) => row.team), calls: total.calls };
  };
  for (const door of DOORS) {
    const seen = await Promise.all(
      ['team-a', 'team-b', 'acme', 'quiet'].map(async (who) => (await ask(door, who, get(`/calls/${id}`))).status),
    );
    expect(seen).toEqual([200, 404, 200, 404]);
    expect(await calls(door, 'team-a')).toEqual({ team: 'team-a', teams: ['team-a'], calls: 1 });
    expect(await calls(door, 'team-b')).toEqual({ team: 'team-b', teams: [], calls: 0 });
    const all = await calls(door, 'acme');
    expect(all.team).toBeUndefined();
    expect(all.teams.toSorted()).toEqual([null, 'team-a'].toSorted());
    expect(all.calls).toBeGreaterThan(1);
  }
  const outcome = post(`/calls/${id}/outcome`, { success: true });
  expect([(await ask('iam', 'team-b', outcome)).status, (await ask('iam', 'team-a', outcome)).status]).toEqual([404, 201]);
});

const probes = Object.entries(PROBES).flatMap(([route, ofRoute]) =>
  DOORS.flatMap((door) => ofRoute.map((probe) => ({ door, route, ...probe }))),
);

test.each(probes)('$door, $route: $what', async ({ door, theirs: idOf, missing, bounded, send }) => {
  const who = bounded === true ? 'bounded' : `stranger-${door}`;
  const none = missing === 'call' ? missingCall() : missing;
  const before = await answerOf(await ask(door, who, send(none)), none);
  const foreign = await answerOf(await ask(door, who, send(idOf())), idOf());
  expect(foreign).toEqual(before);
});

test('their usage is in no answer, whatever it is grouped by', async () => {
  await platform.emulator.world.eventSources.settle();
  for (const door of DOORS) {
    for (const by of ['service', 'feature', 'key', 'prompt', 'team', 'model', 'task', 'day']) {
      const own = await ask(door, 'acme', get('/usage', { group_by: by }));
      const response = await ask(door, 'quiet', get('/usage', { group_by: by }));
      expect([own.status, response.status]).toEqual([200, 200]);
      expect((await own.text()).includes('"calls":0')).toBe(false);
      expect(JSON.parse(await response.text())).toMatchObject({ tenant: 'quiet', data: [], total: { calls: 0, cost_micro_usd: 0 } });
    }
  }
});
