import { createKey } from '../../lambdas/core/administration/key-store';
import { deploys } from '../../lambdas/agents/deploys/agent';
import { TestAgents } from '../helpers/agents';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';

/** `/v1/reviews`: who has a key that names the route reviews the cases of its own tenant, and learns of no other's. */

let platform: TestPlatform;
let agents: TestAgents;
const keys: Record<string, string> = {};

/** Agents' roles are of the tenant `demo`. */
const HOLDERS = {
  ada: ['demo', ['reviews']],
  bob: ['demo', ['reviews', 'chat']],
  app: ['demo', undefined],
  chat: ['demo', ['chat', 'calls']],
  stranger: ['acme', ['reviews']],
} as const;

beforeAll(async () => {
  platform = await startPlatform();
  agents = await TestAgents.of(platform);
  const table = platform.emulator.output('RegistryTable');
  for (const [name, [tenant, routes]] of Object.entries(HOLDERS)) {
    const scopes = routes && { routes: [...routes] };
    keys[name] = (await createKey({ client: platform.dynamodb, table, tenant, name, scopes })).secret;
  }
}, 60_000);
afterAll(async () => {
  agents.close();
  await platform.stop();
});

async function ask(who: string | null, path: string, body?: object) {
  const key = who === null ? null : keys[who];
  const response = await platform.request(`/v1/reviews${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    key,
    ...(body && { body }),
  });
  const answer = (await response.json()) as Record<string, unknown> & { error?: { code: string; message: string } };
  return { status: response.status, code: answer.error?.code, message: answer.error?.message, answer };
}

/** A case of the agent that asks a person about everything. */
async function openCase(): Promise<string> {
  const eventId = await agents.publish(deploys);
  let id = '';
  await until(async () => {
    id = (await agents.decision(deploys, eventId))?.id ?? '';
    return id !== '' && (await ask('ada', `/${id}`)).status === 200;
  }, 'the case is there');
  return id;
}

test('it is listed, claimed and approved, and the agent carries on', async () => {
  const id = await openCase();
  expect((await ask('ada', '?agent=deploys')).answer.data).toContainEqual(expect.objectContaining({ id, state: 'open' }));
  const claimed = await ask('ada', `/${id}/claim`, {});
  expect(claimed).toMatchObject({ status: 200, answer: { state: 'claimed', claimed_by: expect.stringMatching(/^demo:/) } });
  expect(await ask('bob', `/${id}/claim`, {})).toMatchObject({ status: 409, code: 'review_claimed' });
  expect(await ask('bob', `/${id}/resolution`, { verdict: 'approve' })).toMatchObject({ status: 409, code: 'review_claimed' });
  // Nor for somebody who comes by the other door.
  expect((await agents.review(`/${id}/claim`, {})).status).toBe(409);
  expect(await ask('ada', `/${id}/resolution`, { verdict: 'approve' })).toMatchObject({ status: 200, answer: { verdict: 'approve' } });
  expect(await ask('ada', `/${id}/resolution`, { verdict: 'reject' })).toMatchObject({ status: 409, code: 'review_resolved' });
  await until(() => platform.logs().some((line) => line.decision_id === id && Number(line.effects) > 0), 'the agent acts');
});

test('it is amended by what the agent itself could have said, and rejected', async () => {
  const amended = await openCase();
  const rejected = await openCase();
  for (const id of [amended, rejected]) await ask('bob', `/${id}/claim`, {});
  const { prediction } = (await ask('bob', `/${amended}`)).answer;
  expect(await ask('bob', `/${amended}/resolution`, { verdict: 'amend', output: { no: 'such' } })).toMatchObject({
    code: 'invalid_request',
  });
  expect(await ask('bob', `/${amended}/resolution`, { verdict: 'amend', output: prediction as object })).toMatchObject({ status: 200 });
  expect(await ask('bob', `/${rejected}/resolution`, { verdict: 'reject' })).toMatchObject({ status: 200, answer: { verdict: 'reject' } });
});

test.each(['app', 'chat'])('a key that does not name the route is refused: %s', async (who) => {
  const id = await openCase();
  for (const [path, body] of doings(id)) expect(await ask(who, path, body)).toMatchObject({ status: 403, code: 'access_denied' });
  expect((await ask('ada', `/${id}`)).answer.state).toBe('open');
});

test('another tenant’s case is answered as one that does not exist', async () => {
  const id = await openCase();
  const missing = '0'.repeat(id.length);
  expect((await ask('stranger', '')).answer).toEqual({ data: [] });
  for (const index of doings(id).keys()) {
    const [theirs, none] = await Promise.all(
      [id, missing].map(async (one) => {
        const [path, body] = doings(one)[index] ?? [''];
        return path === '' ? undefined : ask('stranger', path, body);
      }),
    );
    if (theirs === undefined) continue;
    expect(theirs).toMatchObject({ status: 404, code: 'review_not_found' });
    expect(theirs.message?.replaceAll(id, missing)).toBe(none?.message);
  }
  expect((await ask('ada', `/${id}`)).answer.state).toBe('open');
});

test('a body that is no JSON is told so, and every answer has its trace id', async () => {
  const id = await openCase();
  const sent = (body: string) => platform.request(`/v1/reviews/${id}/resolution`, { key: keys.ada ?? '', body });
  for (const [body, received] of [
    ['{', 'it is {.'],
    ['', 'it is nothing.'],
  ] as const) {
    const response = await sent(body);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect([response.status, error.code, error.message]).toEqual([400, 'invalid_json', expect.stringContaining(received)]);
    expect(response.headers.get('x-blueprint-trace-id')).toBe(error.trace_id);
  }
  const listed = await platform.request('/v1/reviews', { method: 'GET', key: keys.ada ?? '' });
  expect(listed.headers.get('x-blueprint-trace-id')).toMatch(/^[0-9a-f-]{8,}$/);
});

test.each([
  [null, 'missing_api_key'],
  ['nobody', 'invalid_api_key'],
])('who has no key (%s) learns nothing', async (who, code) => {
  keys.nobody = 'sk-nobody';
  expect(await ask(who, '')).toMatchObject({ status: 401, code });
});

function doings(id: string): readonly (readonly [string, object?])[] {
  return [
    [''],
    [`/${id}`],
    [`/${id}/claim`, {}],
    [`/${id}/release`, {}],
    [`/${id}/resolution`, { verdict: 'approve' }],
    [`/${id}/resolution`, { verdict: 'amend', output: {} }],
  ];
}
