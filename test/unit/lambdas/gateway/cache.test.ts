import type { AnswerCache, StoredAnswer } from '../../../../lambdas/core/answer-cache/answer-cache';
import type { AnswerCachePolicy } from '../../../../lambdas/core/answer-cache/policy';
import { canonicalJson } from '../../../../lambdas/core/canonical-json';
import type { Clock } from '../../../../lambdas/core/clock';
import { systemClock } from '../../../../lambdas/core/clock';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import type { TenantRecord } from '../../../../lambdas/core/tenants';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import { createTestGateway, errorOf, eventsOf, hello, KEY, OTHER_KEY, platform, type Script, simpleChat, tenantOf } from '../support/ports';

const policy: AnswerCachePolicy = { tenants: [], ttlSeconds: 60, maxTtlSeconds: 600, staleSeconds: 0, maxTemperature: 0.5, maxMessages: 4 };
const cached = { 'x-blueprint-cache-control': 'ttl=60' };
const [model] = platform.models;
const TEXT = 'Hello world';

/** A store in memory that counts, and fails when it is told to. */
class MemoryCache implements AnswerCache {
  readonly answers = new Map<string, StoredAnswer>();
  reads = 0;
  writes = 0;
  failure: Error | undefined;

  async find(key: string): Promise<StoredAnswer | undefined> {
    this.reads++;
    await Promise.resolve();
    if (this.failure) throw this.failure;
    return this.answers.get(key);
  }

  async put(key: string, answer: StoredAnswer): Promise<void> {
    this.writes++;
    await Promise.resolve();
    if (this.failure) throw this.failure;
    this.answers.set(key, answer);
  }

  async remove(key: string): Promise<void> {
    this.answers.delete(key);
  }
}

function clockFrom(start: number) {
  let nowMs = start;
  const clock: Clock = { ...systemClock, nowMs: () => nowMs };
  return { clock, advance: (ms: number) => void (nowMs += ms) };
}

interface Given {
  readonly policy?: Partial<AnswerCachePolicy>;
  readonly script?: Script;
  readonly store?: MemoryCache;
  readonly platform?: PlatformDocument;
  readonly tenant?: TenantRecord;
}

/** The real app over a cache in memory; every model honours every field. */
function createCachedGateway(given: Given = {}) {
  const store = given.store ?? new MemoryCache();
  const time = clockFrom(1_800_000_000_000);
  const answerCache = { ...policy, ...given.policy };
  const gateway = createTestGateway(
    given.script ?? hello,
    { platform: { ...(given.platform ?? platform), answerCache }, answerCache: store, clock: time.clock },
    () => undefined,
    given.tenant,
  );
  async function ask(body: unknown, headers: Record<string, string> = cached, key = KEY) {
    const response = await gateway.chat(body, { headers: { authorization: `Bearer ${key}`, ...headers } });
    const text = await response.text();
    await gateway.settled();
    return { response, text, state: response.headers.get('x-blueprint-cache') };
  }
  return { ...gateway, store, ask, advance: time.advance, modelCalls: () => gateway.audit.order.filter((step) => step === 'model').length };
}

const contentOf = (text: string): unknown => JSON.parse(text).choices[0].message.content;
const settlements = ({ audit }: { readonly audit: { readonly settlements: ReadonlyMap<string, unknown> } }) => [
  ...audit.settlements.values(),
];

describe('a call that is repeated', () => {
  test('is answered from the cache, by one read of the store and no model, and costs nothing', async () => {
    const gateway = createCachedGateway();
    const first = await gateway.ask(simpleChat);
    const second = await gateway.ask(simpleChat);

    expect([first.state, second.state]).toEqual(['miss', 'exact']);
    expect(contentOf(second.text)).toBe(TEXT);
    expect(second.response.headers.get('x-blueprint-model')).toBe('small-1');
    expect(second.response.headers.get('x-blueprint-cost-usd')).toBe('0.000000');
    expect([gateway.store.reads, gateway.store.writes, gateway.modelCalls()]).toEqual([2, 1, 1]);
  });

  test('leaves an intent and a settlement that say so', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat);
    await gateway.ask(simpleChat);

    expect(settlements(gateway)).toEqual([
      expect.objectContaining({ cache: 'miss', cost_micro_usd: 31, status: 'ok' }),
      expect.objectContaining({
        cache: 'exact',
        cache_saved_micro_usd: 31,
        cost_micro_usd: 0,
        status: 'ok',
        attempts: [],
        model: 'small-1',
        finish_reason: 'stop',
      }),
    ]);
    expect(gateway.audit.intents.size).toBe(2);
  });

  test('is counted: lookups, hits and what was saved', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat);
    await gateway.ask(simpleChat);

    expect(gateway.measured.map(({ values }) => [values.CacheLookups, values.CacheHits, values.CacheSavedUsd])).toEqual([
      [1, 0, 0],
      [1, 1, 0.000031],
    ]);
  });

  test('is replayed as a stream, whether it was one or not', async () => {
    const long = 'An answer of some length. '.repeat(100);
    async function* say(): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: long };
      yield { type: 'finish', reason: 'stop' };
    }
    const gateway = createCachedGateway({ script: say });
    await gateway.ask(simpleChat);
    const { text, state } = await gateway.ask({ ...simpleChat, stream: true });
    const events = eventsOf(text);
    const deltas = events.flatMap((event) => (event as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta.content ?? []);

    expect(state).toBe('exact');
    expect(deltas.join('')).toBe(long);
    expect(deltas.length).toBeGreaterThan(5);
    expect(events.at(-1)).toBe('[DONE]');
    expect(gateway.modelCalls()).toBe(1);
  });

  test('is fresh for as long as both calls say', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'ttl=100' });
    gateway.advance(50_000);

    expect((await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'ttl=40' })).state).toBe('miss');
    gateway.advance(40_001);
    expect((await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'ttl=100' })).state).toBe('miss');
  });

  test('is kept no longer than the environment allows', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'ttl=999999' });
    const [answer] = gateway.store.answers.values();

    expect((answer?.fresh_until ?? 0) - (answer?.stored_at ?? 0)).toBe(600_000);
  });
});

describe('who is answered from the cache', () => {
  test('callers who do not ask, only where their tenant is one of the policy', async () => {
    const without = createCachedGateway();
    await without.ask(simpleChat, {});
    const within = createCachedGateway({ policy: { tenants: [tenantOf(KEY)] } });
    await within.ask(simpleChat, {});

    expect([without.store.reads, without.store.writes]).toEqual([0, 0]);
    expect((await within.ask(simpleChat, {})).state).toBe('exact');
  });

  test('not tenants of which nothing may be kept', async () => {
    if (model === undefined) throw new Error('no model');
    const keepsNothing = { ...platform, models: [{ ...model, retention: 'none' as const }] };
    const tenant: TenantRecord = { tenant: tenantOf(KEY), limits: {}, residency: { noRetention: true }, updatedAt: 0 };
    const gateway = createCachedGateway({ platform: keepsNothing, tenant });
    const { response } = await gateway.ask(simpleChat);

    expect([response.status, gateway.store.reads, gateway.store.writes]).toEqual([200, 0, 0]);
  });

  test('no-cache wants a new answer, which replaces the old one', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat);
    const fresh = await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'no-cache, ttl=60' });

    expect([fresh.state, gateway.store.reads, gateway.store.writes]).toEqual(['miss', 1, 2]);
  });

  test('no-store keeps nothing', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat, { 'x-blueprint-cache-control': 'ttl=60,no-store' });

    expect(gateway.store.writes).toBe(0);
  });

  test.each(['max-age=5', 'ttl=0', 'ttl=-1', 'ttl=1e3', 'ttl=5,ttl=6', 'ttl=9999999999'])(
    '%s is an error that says what is taken',
    async (header) => {
      const { response, text } = await createCachedGateway().ask(simpleChat, { 'x-blueprint-cache-control': header });

      expect(response.status).toBe(400);
      expect(await errorOf(new Response(text))).toMatchObject({
        param: 'x-blueprint-cache-control',
        message: expect.stringContaining('ttl=<seconds>'),
      });
    },
  );

  test.each([
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['a temperature above the policy’s', { temperature: 0.6 }],
    ['a long conversation', { messages: Array.from({ length: 5 }, () => ({ role: 'user', content: 'Hi' })) }],
    [
      'results of tools',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'tool', content: '1', tool_call_id: 'c' },
        ],
      },
    ],
  ])('not calls with %s', async (_name, change) => {
    const gateway = createCachedGateway();
    await gateway.ask({ ...simpleChat, ...change });

    expect([gateway.store.reads, gateway.store.writes]).toEqual([0, 0]);
  });
});

describe('what is not kept', () => {
  const ending = (...events: ModelEvent[]): Script =>
    async function* () {
      yield* events;
    };
  test.each<[string, Script]>([
    ['an answer that was cut by its length', ending({ type: 'text', text: 'Hel' }, { type: 'finish', reason: 'length' })],
    ['an answer that was filtered', ending({ type: 'text', text: 'Hel' }, { type: 'finish', reason: 'content_filter' })],
    [
      'an answer with reasoning',
      ending({ type: 'reasoning', text: 'Hm' }, { type: 'text', text: 'Hel' }, { type: 'finish', reason: 'stop' }),
    ],
    ['an answer with likelihoods', ending({ type: 'text', text: 'Hel', logprobs: [] }, { type: 'finish', reason: 'stop' })],
    ['an answer of nothing', ending({ type: 'text', text: '' }, { type: 'finish', reason: 'stop' })],
    ['an answer too long for the store', ending({ type: 'text', text: 'x'.repeat(100_001) }, { type: 'finish', reason: 'stop' })],
    [
      'an answer that broke off',
      async function* () {
        yield { type: 'text', text: 'Hel' };
        throw new GatewayError('model_stream_interrupted', 'It broke off.');
      },
    ],
  ])('%s', async (_name, script) => {
    const gateway = createCachedGateway({ script });
    await gateway.ask({ ...simpleChat, stream: true });

    expect(gateway.store.writes).toBe(0);
  });

  test('an answer of another model than the one that is asked first', async () => {
    if (model === undefined) throw new Error('no model');
    const second = { ...model, id: 'small-2', providerModelId: 'vendor.small-2', price: { input: 9_000_000, output: 9_000_000 } };
    const script: Script = (request) => {
      if (request.model.id === 'small-1') throw new GatewayError('model_unavailable', 'Not now.');
      return hello();
    };
    const gateway = createCachedGateway({ script, platform: { ...platform, models: [model, second] } });
    const { response } = await gateway.ask({ ...simpleChat, model: 'auto' });

    expect([response.status, response.headers.get('x-blueprint-model'), gateway.store.writes]).toEqual([200, 'small-2', 0]);
  });
});

describe('a store that fails', () => {
  test('costs a model call and no answer', async () => {
    const store = new MemoryCache();
    store.failure = new Error('down');
    const gateway = createCachedGateway({ store });
    const { response, state } = await gateway.ask(simpleChat);

    expect([response.status, state]).toEqual([200, 'miss']);
    expect(gateway.lines.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'cache not read',
      'answer not kept',
    ]);
  });
});

describe('where no model answers', () => {
  function failing(staleSeconds: number) {
    let isDown = false;
    const gateway = createCachedGateway({
      policy: { staleSeconds },
      script: () => {
        if (isDown) throw new GatewayError('model_unavailable', 'Not now.');
        return hello();
      },
    });
    return { ...gateway, fail: () => void (isDown = true) };
  }

  test('an answer that is no longer fresh is given, and says so', async () => {
    const gateway = failing(3_600);
    await gateway.ask(simpleChat);
    gateway.advance(61_000);
    gateway.fail();
    const { response, text, state } = await gateway.ask(simpleChat);

    expect([response.status, state, response.headers.get('x-blueprint-degraded')]).toEqual([200, 'stale', 'stale']);
    expect(contentOf(text)).toBe(TEXT);
    expect(settlements(gateway)[1]).toMatchObject({ cache: 'stale', degraded: 'stale', status: 'error', error_code: 'model_unavailable' });
    expect(gateway.store.writes).toBe(1);
  });

  test('not where the policy has none, nor after its time', async () => {
    const without = failing(0);
    await without.ask(simpleChat);
    without.advance(61_000);
    without.fail();
    const late = failing(3_600);
    await late.ask(simpleChat);
    late.advance(3_661_000);
    late.fail();

    expect([(await without.ask(simpleChat)).response.status, (await late.ask(simpleChat)).response.status]).toEqual([503, 503]);
  });
});

describe('answers are never mixed up', () => {
  if (model === undefined) throw new Error('no model');
  const models = [model, { ...model, id: 'small-2', providerModelId: 'vendor.small-2' }];
  const offered = { ...platform, models, routing: { ...platform.routing, aliases: { usual: ['small-1'] } } };
  const moved = { ...offered, routing: { ...offered.routing, aliases: { usual: ['small-2'] } } };
  const system = (content: string) => ({ messages: [{ role: 'system', content }, ...simpleChat.messages] });
  const schema = (title: string) => ({
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object', title } } },
  });
  /** What parts answers; each alternative differs from each other one of its dimension. */
  const dimensions: Readonly<Record<string, readonly object[]>> = {
    model: [{}, { model: 'small-2' }, { model: 'usual' }, { model: 'auto' }],
    instructions: [
      {},
      system('Be brief.'),
      system('Be long.'),
      { messages: [{ role: 'developer', content: 'Be brief.' }, ...simpleChat.messages] },
    ],
    question: [{}, { messages: [{ role: 'user', content: 'Hi!' }] }, { messages: [{ role: 'user', name: 'a', content: 'Hi' }] }],
    locale: [{}, { metadata: { locale: 'de-CH' } }, { metadata: { locale: 'de-DE' } }],
    schema: [{}, schema('a'), schema('b'), { response_format: { type: 'json_object' } }],
    parameters: [
      {},
      { temperature: 0 },
      { temperature: 0.1 },
      { max_tokens: 10 },
      { max_tokens: 11 },
      { max_completion_tokens: 10 },
      { top_p: 0.5 },
      { stop: 'a' },
      { stop: ['a', 'b'] },
      { seed: 1 },
      { reasoning_effort: 'low' },
      { prompt: { id: 'greeting', version: 1 } },
      { prompt: { id: 'greeting', version: 2 } },
      { some_field_of_tomorrow: true },
    ],
  };
  const alternatives = Object.values(dimensions).flat();
  const bodies = [...new Set(alternatives.flatMap((a) => alternatives.map((b) => canonicalJson({ ...simpleChat, ...a, ...b }))))];

  test('between any two calls that differ in tenant, model, instructions, question, locale, schema or a parameter', async () => {
    async function* none(): AsyncGenerator<ModelEvent> {
      yield { type: 'text', text: '{}' };
      yield { type: 'finish', reason: 'stop' };
    }
    const store = new MemoryCache();
    const before = createCachedGateway({ store, script: none, platform: offered });
    const states: (string | null)[] = [];
    for (const key of [KEY, OTHER_KEY]) for (const body of bodies) states.push((await before.ask(JSON.parse(body), cached, key)).state);

    expect(bodies.length).toBeGreaterThan(250);
    expect(states).not.toContain('exact');
    // Some are refused: two limits of one kind, say.
    const answered = states.filter((state) => state === 'miss').length;
    expect(answered).toBeGreaterThan(400);
    expect(store.answers.size).toBe(answered);
  });

  test('nor across a deployment that makes another model of a name', async () => {
    const store = new MemoryCache();
    await createCachedGateway({ store, platform: offered }).ask({ ...simpleChat, model: 'usual' });

    expect((await createCachedGateway({ store, platform: moved }).ask({ ...simpleChat, model: 'usual' })).state).toBe('miss');
    expect((await createCachedGateway({ store, platform: offered }).ask({ ...simpleChat, model: 'usual' })).state).toBe('exact');
  });

  test('while what changes nothing of the question parts nothing', async () => {
    const gateway = createCachedGateway();
    await gateway.ask(simpleChat);
    const same = [
      { stream: true },
      { user: 'u' },
      { metadata: { team: 'blue' } },
      { stream: true, stream_options: { include_usage: true } },
    ];
    const states = [];
    for (const change of same) states.push((await gateway.ask({ ...simpleChat, ...change })).state);

    expect(states).toEqual(same.map(() => 'exact'));
  });
});
