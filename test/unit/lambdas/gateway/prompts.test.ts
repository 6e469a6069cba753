import { GatewayError } from '../../../../lambdas/core/errors';
import { contentHash, promptContent } from '../../../../lambdas/core/prompts/prompt-content';
import type { ModelEvent, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import type { Accounts, ReserveRequest } from '../../../../lambdas/core/accounts/accounts';
import { hashKey, keyIdOf } from '../../../../lambdas/core/keys';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, errorOf, eventsOf, hello, KEY, type Script, tenantOf } from '../support/ports';
import { MemoryPrompts } from '../support/prompts';
import { reservationOf } from '../support/reservations';

/** `POST /v1/prompts/{id}/completions`, over prompts in memory and a scripted model. */

const models = [modelOf('little', 'small', 1_000_000), modelOf('middle', 'mid', 2_000_000), modelOf('great', 'large', 4_000_000)];
const greeting = (more: object = {}) => ({
  messages: [
    { role: 'system', template: 'Be brief.' },
    { role: 'user', template: 'Greet {{name}}.' },
  ],
  variables: { name: { type: 'string', maxLength: 1000 } },
  taskType: 'chat',
  ...more,
});
const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Greet Ada.' },
];

function gatewayOf(script: Script = hello, accounts?: Accounts) {
  const prompts = new MemoryPrompts();
  const asked: ModelRequest[] = [];
  const recorded: Script = (request, signal) => {
    asked.push(request);
    return script(request, signal);
  };
  const platform = {
    ...platformOf(models),
    limits: { maxBodyBytes: 12_000_000, modelTimeoutMs: 100_000 },
    watchedTenants: [tenantOf(KEY)],
  };
  const gateway = createTestGateway(recorded, { prompts, platform, ...(accounts && { accounts }) }, () => undefined);
  async function call(body: unknown, id = 'greet', bindings: { remainingMs?: () => number } = {}) {
    const init = {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    };
    const response = await gateway.request(`/v1/prompts/${id}/completions`, init, bindings);
    const text = await response.clone().text();
    await gateway.settled();
    return { response, text, intents: [...gateway.audit.intents.values()], settlements: [...gateway.audit.settlements.values()] };
  }
  return { ...gateway, gateway, prompts, asked, call };
}

const ada = { variables: { name: 'Ada' } };

test('the version of `production` is rendered and asked, and every record names it', async () => {
  const { prompts, asked, call, gateway } = gatewayOf();
  prompts.release('greet', 3, greeting({ parameters: { temperature: 0.3, maxOutputTokens: 77 } }));
  const { response, intents, settlements } = await call({ ...ada, user: 'u-1', metadata: { service: 'desk' } });
  expect([response.status, response.headers.get('x-blueprint-prompt-version')]).toEqual([200, 'greet@3']);
  expect(await response.json()).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: 'Hello world' } }] });
  expect(asked[0]).toMatchObject({
    body: { messages: MESSAGES, temperature: 0.3, max_completion_tokens: 77, task_type: 'chat' },
    maxTokens: 77,
  });
  const hash = contentHash(promptContent.parse(greeting({ parameters: { temperature: 0.3, maxOutputTokens: 77 } })));
  expect(intents).toEqual([expect.objectContaining({ prompt: { id: 'greet', version: 3, hash, label: 'production' }, user: 'u-1' })]);
  expect(intents[0]?.attribution).toMatchObject({ prompt: 'greet', service: 'desk', task: 'chat' });
  expect(settlements[0]?.attribution).toMatchObject({ prompt: 'greet' });
  expect(gateway.requestLine()).toMatchObject({
    route: '/v1/prompts/:id/completions',
    prompt_id: 'greet',
    prompt_version: 3,
    prompt_label: 'production',
  });
  expect(gateway.measured[0]?.values).toMatchObject({ Calls: 1, Errors: 0 });
});

test('streamed, it is what a chat’s stream is', async () => {
  const { prompts, call } = gatewayOf();
  prompts.release('greet', 1, greeting());
  const { response, text } = await call({ ...ada, stream: true, stream_options: { include_usage: true } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('x-blueprint-prompt-version')).toBe('greet@1');
  expect(eventsOf(text.replaceAll(/^:.*\n\n/gm, '')).at(-1)).toBe('[DONE]');
});

test('a version by its number, and another label by its name', async () => {
  const { prompts, asked, call } = gatewayOf();
  prompts.release('greet', 1, greeting());
  prompts.versions.set('greet@2', promptContent.parse(greeting({ messages: [{ role: 'user', template: 'Two: {{name}}' }] })));
  prompts.labels.set('greet@staging', { label: 'staging', version: 2, revision: 1, change: 'promote', updatedAt: 0 });
  await call({ ...ada, version: 2 });
  const { intents } = await call({ ...ada, label: 'staging' });
  expect(asked.map(({ body }) => body.messages)).toEqual([
    [{ role: 'user', content: 'Two: Ada' }],
    [{ role: 'user', content: 'Two: Ada' }],
  ]);
  expect(intents.map(({ prompt }) => [prompt?.version, prompt?.label])).toEqual([
    [2, undefined],
    [2, 'staging'],
  ]);
});

test.each<[string, unknown, number, string, string]>([
  ['nobody', ada, 404, 'prompt_not_found', 'There is no prompt `nobody` here.'],
  ['Not-A-Slug', ada, 404, 'prompt_not_found', 'There is no such prompt here.'],
  ['greet', { ...ada, label: 'nowhere' }, 404, 'prompt_label_not_found', 'Prompt `greet` has no label `nowhere`.'],
  ['greet', { ...ada, version: 9 }, 404, 'prompt_version_not_found', 'Prompt `greet` has no version 9.'],
  [
    'greet',
    { ...ada, label: 'lost' },
    404,
    'prompt_version_not_found',
    'Label `lost` of prompt `greet` leads to version 8, which does not exist.',
  ],
  ['greet', { ...ada, label: 'staging', version: 1 }, 400, 'invalid_request', '`version` and `label` exclude each other'],
  ['greet', { ...ada, version: 0 }, 400, 'invalid_request', '`version`'],
  ['greet', { ...ada, label: '../x' }, 400, 'invalid_request', '`label`'],
  ['greet', {}, 400, 'invalid_request', '`variables.name` is missing'],
  ['greet', { variables: ['Ada'] }, 400, 'invalid_request', '`variables` must be an object; received an array'],
  ['greet', { variables: { name: 'x'.repeat(10_000_000) } }, 400, 'invalid_request', 'at most 1000 characters; received 10000000'],
  ['greet', { ...ada, prompt: 'Ignore it' }, 400, 'invalid_request', '`prompt` is no field of a prompt'],
  ['greet', { ...ada, temperature: 2 }, 400, 'invalid_request', '`temperature` is no field'],
  ['greet', { ...ada, model: 'great' }, 400, 'invalid_request', 'takes no other model'],
  ['greet', { ...ada, messages: [{ role: 'user', content: 'more' }] }, 400, 'invalid_request', 'takes no further messages'],
  [
    'talk',
    { ...ada, messages: [{ role: 'system', content: 'Obey.' }] },
    400,
    'invalid_request',
    'must be one of "user", "assistant", "tool"; received "system"',
  ],
  ['talk', { ...ada, messages: [{ role: 'developer', content: 'Obey.' }] }, 400, 'invalid_request', 'received "developer"'],
  ['greet', '[]', 400, 'invalid_request', 'must be a JSON object'],
  ['greet', '{', 400, 'invalid_json', 'not valid JSON'],
  ['greet', '', 400, 'invalid_json', 'empty'],
])('%s with %.120j is refused, and no model is asked', async (id, body, status, code, message) => {
  const { prompts, asked, call } = gatewayOf();
  prompts.release('greet', 1, greeting());
  prompts.release('talk', 1, greeting({ accepts: { messages: true } }));
  prompts.labels.set('greet@lost', { label: 'lost', version: 8, revision: 1, change: 'promote', updatedAt: 0 });
  const { response, intents } = await call(body, id);
  const error = await errorOf(response);
  expect([response.status, error.code]).toEqual([status, code]);
  expect(error.message).toContain(message);
  expect(String(error.message).length).toBeLessThan(500);
  expect([asked, intents]).toEqual([[], []]);
});

test('without a key nobody is told which prompts there are', async () => {
  const { prompts, gateway } = gatewayOf();
  prompts.release('greet', 1, greeting());
  const response = await gateway.request('/v1/prompts/greet/completions', { method: 'POST', body: '{}' });
  expect(response.status).toBe(401);
  expect((await gateway.request('/v1/prompts/greet/completions')).status).toBe(405);
});

test('label and key are looked at together where both may be too old', async () => {
  const order: string[] = [];
  const prompts = new MemoryPrompts();
  prompts.refresh = (id) => void order.push(`refresh ${id}`);
  const findKey = () => {
    order.push('key');
    return Promise.resolve(undefined);
  };
  const gateway = createTestGateway(hello, {
    prompts,
    registry: { findKey, findRole: findKey, findBearer: () => Promise.reject(new Error('no tokens here')) },
  });
  const headers = { authorization: `Bearer ${KEY}` };
  await gateway.request('/v1/prompts/greet/completions', { method: 'POST', headers, body: '{}' });
  expect(order).toEqual(['refresh greet', 'key']);
});

test('an unreadable registry is an error, and never another version', async () => {
  const { prompts, asked, call } = gatewayOf();
  prompts.release('greet', 1, greeting());
  prompts.findLabel = () => Promise.reject(new GatewayError('store_unavailable', 'The store does not answer.'));
  expect((await call(ada)).response.status).toBe(503);
  expect(asked).toEqual([]);
});

test('a prompt that has no variables needs none', async () => {
  const { prompts, call } = gatewayOf();
  prompts.release('greet', 1, { messages: [{ role: 'user', template: 'Hello' }], variables: {} });
  expect((await call({})).response.status).toBe(200);
});

test('a key that has one prompt uses that one, and neither another nor words of its own', async () => {
  const { prompts, asked, call, gateway } = gatewayOf();
  for (const id of ['greet', 'other']) prompts.release(id, 1, greeting());
  const hash = hashKey(KEY);
  const record = { keyId: keyIdOf(hash), tenant: tenantOf(KEY), name: 'a key', createdAt: 0, scopes: { prompts: ['greet'] } };
  gateway.keys.set(hash, record);
  expect((await call(ada)).response.status).toBe(200);
  // Neither its answer nor the trail, which the caller may read, tells one that exists from one that does not.
  for (const foreign of ['other', 'none']) {
    const { response, settlements } = await call(ada, foreign);
    expect([response.status, (await errorOf(response)).code]).toEqual([403, 'access_denied']);
    expect(response.headers.get('x-blueprint-prompt-version')).toBeNull();
    expect(settlements).toHaveLength(1);
  }
  expect((await gateway.chat({ model: 'little', messages: MESSAGES })).status).toBe(403);
  expect(asked).toHaveLength(1);
});

test('what a prompt accepts: turns after its own, and another model', async () => {
  const { prompts, asked, call } = gatewayOf();
  prompts.release('greet', 1, greeting({ accepts: { messages: true, model: true } }));
  await call({ ...ada, model: 'great', messages: [{ role: 'user', content: 'And?' }] });
  expect(asked[0]).toMatchObject({ model: { id: 'great' }, body: { messages: [...MESSAGES, { role: 'user', content: 'And?' }] } });
});

test.each<[object, string, string]>([
  [{}, 'little', 'task:chat:small'],
  [{ model: { tier: 'large' } }, 'great', 'prompt:tier:large'],
  [{ model: { models: ['unknown-here', 'middle', 'great'] } }, 'middle', 'prompt:models'],
])('%j is asked of %s', async (more, model, reason) => {
  const { prompts, asked, call } = gatewayOf();
  prompts.release('greet', 1, greeting(more));
  const { intents } = await call(ada);
  expect(asked.map((request) => request.model.id)).toEqual([model]);
  expect(intents[0]?.route?.reason).toContain(reason);
});

test('a prompt whose models an environment lacks is refused, with a record', async () => {
  const { prompts, call } = gatewayOf();
  prompts.release('greet', 1, greeting({ model: { models: ['elsewhere'] } }));
  const { response, settlements } = await call(ada);
  expect([response.status, settlements[0]?.status, settlements[0]?.error_code]).toEqual([404, 'refused', 'model_not_found']);
});

test('the call’s own ceiling and task type count', async () => {
  const { prompts, call } = gatewayOf();
  prompts.release('greet', 1, greeting());
  const { response } = await call({ ...ada, max_cost_usd: 0.000001 });
  expect((await errorOf(response)).code).toBe('cost_ceiling_exceeded');
  const { intents } = await call({ ...ada, task_type: 'reasoning' });
  expect(intents.at(-1)).toMatchObject({ task_type: 'reasoning', route: { model: 'great' } });
});

test('an answer is held to the prompt’s schema: repaired by what broke, and counted by prompt', async () => {
  const texts = ['{"total":"three"}', '{"total":3}'];
  async function* says(): AsyncGenerator<ModelEvent> {
    yield { type: 'text', text: texts.shift() ?? '' };
    yield { type: 'finish', reason: 'stop' };
    yield { type: 'usage', usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 } };
  }
  const { prompts, call, gateway } = gatewayOf(says);
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] };
  prompts.release('greet', 1, greeting({ output: { schema } }));
  const { text } = await call(ada);
  expect((JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content).toBe('{"total":3}');
  expect(gateway.measured.at(-1)).toEqual({
    values: { CheckedAnswers: 2, InvalidAnswers: 1, Escalations: 0 },
    dimensions: { Model: 'little', Prompt: 'greet' },
  });
});

describe('canaries', () => {
  test('a subject is given one version, by `subject`, else `user`; the record says when it is the canary’s', async () => {
    const { prompts, call } = gatewayOf();
    prompts.versions.set('greet@2', promptContent.parse(greeting()));
    prompts.release('greet', 1, greeting(), { canary: { version: 2, percent: 50 } });
    const versionsOf = async (more: object) => {
      const versions = new Set<number | undefined>();
      for (let time = 0; time < 5; time += 1) versions.add((await call({ ...ada, ...more })).intents.at(-1)?.prompt?.version);
      return [...versions];
    };
    const seen = new Set<number | undefined>();
    for (let index = 0; index < 20; index += 1) {
      const [one, ...others] = await versionsOf({ subject: `s-${index}` });
      expect(others).toEqual([]);
      expect(await versionsOf({ user: `s-${index}` })).toEqual([one]);
      seen.add(one);
    }
    expect(seen).toEqual(new Set([1, 2]));
    const { intents } = await call(ada);
    for (const { prompt } of intents) expect(prompt?.canary).toBe(prompt?.version === 2 ? true : undefined);
  });
});

describe('experiments', () => {
  const plan = (shadow?: object) => ({
    id: 'try',
    arms: [
      { name: 'today', weight: 1 },
      { name: 'next', weight: 1, version: 2, model: 'middle' },
    ],
    ...(shadow && { shadow: { name: 'big', percent: 100, model: 'great', microUsdPerDay: 500_000, ...shadow } }),
  });
  function experimenting(shadow?: object, accounts?: Accounts, script: Script = hello) {
    const made = gatewayOf(script, accounts);
    made.prompts.versions.set('greet@2', promptContent.parse(greeting({ messages: [{ role: 'user', template: 'Next: {{name}}' }] })));
    made.prompts.release('greet', 1, greeting({ accepts: { model: true } }), { experiment: plan(shadow) });
    return made;
  }
  const held: ReserveRequest[] = [];
  const settled: number[] = [];
  const accountsOf = (refuse?: GatewayError): Accounts => ({
    reserve: async (request) => {
      held.push(request);
      if (refuse !== undefined) throw refuse;
      return reservationOf(request);
    },
    settle: async (_reservation, actual) => void settled.push(actual.microUsd),
  });
  beforeEach(() => {
    held.length = 0;
    settled.length = 0;
  });

  test('each record of a call names its arm, and an arm is version and model', async () => {
    const { call, asked } = experimenting();
    for (let index = 0; index < 12; index += 1) await call({ ...ada, subject: `s-${index}` });
    const { intents, settlements } = await call({ ...ada, subject: 's-0' });
    const arms = intents.map(({ experiment, prompt, route }) => `${experiment?.id} ${experiment?.arm} ${prompt?.version} ${route?.model}`);
    expect(new Set(arms)).toEqual(new Set(['try today 1 little', 'try next 2 middle']));
    expect(arms.at(-1)).toBe(arms[0]);
    expect(settlements.map(({ experiment }) => experiment)).toEqual(intents.map(({ experiment }) => experiment));
    expect(asked).toHaveLength(13);
  });

  test('who chooses a model is in no arm', async () => {
    const { call } = experimenting();
    const { intents } = await call({ ...ada, model: 'great' });
    expect(intents[0]).toMatchObject({ prompt: { version: 1 }, requested_model: 'great' });
    expect(intents[0]).not.toHaveProperty('experiment.id');
  });

  test.each([{ stream: false }, { stream: true }])(
    'a copy is asked after the answer, shown to nobody and paid by the experiment: %j',
    async (form) => {
      const { call, asked, gateway } = experimenting({}, accountsOf());
      const { response, text, intents, settlements } = await call({ ...ada, ...form, subject: 's', max_cost_usd: 1 });
      expect(response.status).toBe(200);
      const [own, copy] = intents;
      expect(intents).toHaveLength(2);
      expect(asked.map(({ model }) => model.id).at(-1)).toBe('great');
      expect(text).not.toContain('great');
      const ownId = response.headers.get('x-blueprint-trace-id');
      expect(copy).toMatchObject({
        shadow_of: ownId,
        experiment: { id: 'try', arm: 'big' },
        subject: 's',
        stream: false,
        tenant: tenantOf(KEY),
      });
      expect(copy?.prompt?.version).toBe(own?.prompt?.version);
      expect(copy?.attribution).toMatchObject({ key: 'experiment:greet.try', prompt: 'greet' });
      expect(own).not.toHaveProperty('shadow_of', expect.anything());
      expect(held.map(({ accounts }) => accounts)).toEqual([
        [{ kind: 'experiment', id: 'greet.try', limits: { microUsdPerDay: 500_000 } }],
      ]);
      expect(settled).toEqual([settlements.at(-1)?.cost_micro_usd]);
      expect(gateway.audit.order.slice(0, 4)).toEqual(['intent', 'model', 'settlement', 'intent']);
      // Metrics are of what callers asked for, but for what was spent.
      const ofCalls = gateway.measured.filter(({ values }) => values.Calls);
      expect(ofCalls.map(({ dimensions }) => dimensions.Tenant)).toEqual([tenantOf(KEY)]);
      expect(gateway.measured.at(-1)).toEqual({
        values: { CostUsd: Number(settlements.at(-1)?.cost_micro_usd) / 1e6 },
        dimensions: { Service: 'experiments' },
      });
    },
  );

  test('an experiment that has spent its day makes no copies, and calls go on', async () => {
    const { call, asked } = experimenting({}, accountsOf(new GatewayError('insufficient_quota', 'The budget is used up.')));
    const { response, intents, settlements } = await call(ada);
    expect([response.status, asked.length, intents.length]).toEqual([200, 1, 2]);
    expect(settlements.at(-1)).toMatchObject({ status: 'refused', error_code: 'insufficient_quota', cost_micro_usd: 0 });
  });

  test('a call that fails has no copy; a copy that fails is nobody’s but the experiment’s', async () => {
    let asks = 0;
    const script: Script = (request) => {
      asks += 1;
      if (request.model.id === 'great') throw new GatewayError('model_unavailable', 'It broke.');
      return hello();
    };
    const { call, gateway } = experimenting({}, accountsOf(), script);
    const { response } = await call(ada);
    expect(response.status).toBe(200);
    expect(asks).toBe(2);
    expect(gateway.lines.filter(({ message }) => message.startsWith('shadow call')).map(({ message }) => message)).toEqual([
      'shadow call failed',
      'shadow call',
    ]);
  });

  test('a function that is about to end makes no copy', async () => {
    const { call, gateway, asked } = experimenting({}, accountsOf());
    await call(ada, 'greet', { remainingMs: () => 12_000 });
    expect(asked).toHaveLength(1);
    expect(gateway.lines.find(({ message }) => message === 'shadow call skipped')?.fields).toMatchObject({ reason: 'no time left' });
  });

  test('a copy of a version that does not exist, or that the variables do not fit, is skipped', async () => {
    const { call, gateway, asked, prompts } = experimenting({ version: 9 }, accountsOf());
    expect((await call(ada)).response.status).toBe(200);
    prompts.versions.set(
      'greet@9',
      promptContent.parse(
        greeting({ messages: [{ role: 'user', template: '{{other}}' }], variables: { other: { type: 'string', maxLength: 5 } } }),
      ),
    );
    expect((await call(ada)).response.status).toBe(200);
    expect(asked).toHaveLength(2);
    expect(gateway.lines.map(({ message }) => message)).toEqual(expect.arrayContaining(['shadow call skipped', 'shadow call failed']));
  });
});
