import type { EmbeddingAnswer, EmbeddingRequest, ModelEvent, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import { KEY, platform, tenantOf } from '../support/ports';
import { createSemanticGateway, type Given, HOW, IN_OTHER_WORDS } from '../support/similar-answers';

/** What becomes of answers to questions in other words that are verified, each of them. */

const AS_CLOSE = 'How could I reset my password?';

/** Says something else to each question; `false` of a model that agrees with itself. */
const saying = (texts: (question: string) => string) =>
  async function* ({ body }: ModelRequest): AsyncGenerator<ModelEvent> {
    await Promise.resolve();
    yield { type: 'text', text: texts(String(body.messages.at(-1)?.content)) };
    yield { type: 'finish', reason: 'stop' };
    yield { type: 'usage', usage: { inputTokens: 10, outputTokens: 4, cacheReadTokens: 5, cacheWriteTokens: 0 } };
  };
const sameInOtherWords = saying((question) => (question === HOW ? 'Open the settings.' : 'It is in the settings.'));
const another = saying((question) => (question === HOW ? 'Open the settings.' : 'Planets have rings.'));
const opposite = saying((question) => (question === HOW ? 'Turn it on in the settings.' : 'Turn it off in the settings.'));

/** Planets apart from all else, and questions beside each other. */
const embed = ({ texts }: EmbeddingRequest): EmbeddingAnswer => ({
  vectors: texts.map((text) => (text.includes('lanets') ? [0, 1] : [1, text.length / 1_000])),
  inputTokens: 10 * texts.length,
});

const gatewayWith = (given: Given) => createSemanticGateway({ verifyShare: 1, embed, ...given });
type Gateway = ReturnType<typeof gatewayWith>;

const counted = ({ measured }: Gateway) => {
  const sum = (name: 'VerifiedHits' | 'FalseHits' | 'UnverifiedHits') =>
    measured.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  return { verified: sum('VerifiedHits'), false: sum('FalseHits'), unverified: sum('UnverifiedHits') };
};
const verdicts = ({ lines }: Gateway) =>
  lines.filter(({ message }) => message === 'semantic hit verified').map(({ fields }) => fields.verdict);
const verifications = ({ audit }: Gateway) =>
  [...audit.intents].flatMap(([id, intent]) =>
    intent.verification_of === undefined ? [] : [{ id, intent, settlement: audit.settlements.get(id) }],
  );

test.each<[string, ReturnType<typeof saying>, number]>([
  ['the same text', saying(() => 'Open the settings.'), 1],
  ['the same in other words', sameInOtherWords, 2],
])('an answer that the model gives again is right: %s', async (_, script, calls) => {
  const gateway = gatewayWith({ script });
  await gateway.ask(HOW);
  const hit = await gateway.ask(IN_OTHER_WORDS);
  expect(hit.state).toBe('semantic');
  expect(gateway.modelCalls()).toBe(2);
  expect(counted(gateway)).toEqual({ verified: 1, false: 0, unverified: 0 });
  expect(verdicts(gateway)).toEqual(['right']);
  expect(verifications(gateway)).toHaveLength(calls);
  expect(await gateway.ask(AS_CLOSE)).toMatchObject({ state: 'semantic', text: expect.stringContaining('Open the settings.') });
});

test.each([
  ['about something else', another],
  ['the opposite, in nearly the same words', opposite],
])('an answer that is none to the question is given once, and never again: %s', async (_, script) => {
  const gateway = gatewayWith({ script });
  await gateway.ask(HOW);
  const [keyOfFalse] = gateway.answers.answers.keys();
  expect(await gateway.ask(IN_OTHER_WORDS)).toMatchObject({ state: 'semantic', text: expect.stringContaining('settings') });

  expect(counted(gateway)).toEqual({ verified: 1, false: 1, unverified: 0 });
  expect(verdicts(gateway)).toEqual(['false']);
  expect(gateway.answers.answers.has(keyOfFalse ?? '')).toBe(false);
  // The question has an answer of its own in its place: the one that was right.
  expect(gateway.index.documents.map(({ text }) => text)).toEqual([IN_OTHER_WORDS]);
  const before = gateway.modelCalls();
  const again = await gateway.ask(IN_OTHER_WORDS);
  expect([again.state, gateway.modelCalls()]).toEqual(['exact', before]);
  expect(again.text).not.toContain('Open the settings');
  expect(await gateway.ask(AS_CLOSE)).toMatchObject({ state: 'semantic', text: expect.not.stringContaining('Open the settings') });
});

test('a false answer that the index goes on finding is not given', async () => {
  const gateway = gatewayWith({ script: another });
  await gateway.ask(HOW);
  const kept = gateway.index.documents;
  await gateway.ask(IN_OTHER_WORDS, {}, { 'x-blueprint-cache-control': 'ttl=60, no-store' });
  expect(gateway.index.documents).toEqual([]);
  await gateway.index.put(kept);
  expect(await gateway.ask(IN_OTHER_WORDS, {}, { 'x-blueprint-cache-control': 'ttl=60, no-store' })).toMatchObject({ state: 'miss' });
});

test('each verification is a call of its own: admitted, charged, and marked', async () => {
  const gateway = gatewayWith({ script: sameInOtherWords });
  await gateway.ask(HOW);
  const { id, settlement } = await gateway.ask(IN_OTHER_WORDS, { metadata: { service: 'help' } });
  // The caller's own pays for its vector alone.
  expect(settlement).toMatchObject({ cache: 'semantic', cost_micro_usd: 10 });
  const [asked, compared] = verifications(gateway);
  expect(asked).toMatchObject({
    intent: {
      tenant: tenantOf(KEY),
      verification_of: id,
      requested_model: 'small-1',
      worst_case_cost_micro_usd: expect.any(Number),
      attribution: { service: 'help' },
    },
    settlement: { status: 'ok', cache: 'miss', cost_micro_usd: 31 },
  });
  expect(compared).toMatchObject({
    intent: { tenant: tenantOf(KEY), verification_of: id, operation: 'embeddings', input_count: 2, requested_model: 'embedder' },
    settlement: { status: 'ok', cost_micro_usd: 20 },
  });
  const spent = gateway.measured.filter(({ dimensions }) => dimensions.Service === 'verifications');
  // The tenant's accounts pay.
  const dimensions = { Service: 'verifications', Tenant: tenantOf(KEY) };
  expect(spent).toEqual([31e-6, 20e-6].map((CostUsd) => ({ values: { CostUsd }, dimensions })));
});

test('the accounts are the caller’s: what they do not let in is not asked, and the hit stays', async () => {
  const held: unknown[] = [];
  const accounts = {
    reserve: async ({ accounts: of }: { readonly accounts: unknown }) => {
      held.push(of);
      if (held.length > 2) throw new Error('no budget');
      return { crossed: [], hold: { amount: { microUsd: 1e6, tokens: 1e6 } } } as never;
    },
    settle: async () => undefined,
  };
  const limited = { ...platform.limits, environment: { microUsdPerDay: 1_000_000 } };
  const gateway = gatewayWith({ script: another, ports: { accounts }, limits: limited });
  await gateway.ask(HOW);
  expect(await gateway.ask(IN_OTHER_WORDS)).toMatchObject({ status: 200, state: 'semantic' });
  expect(held).toHaveLength(3);
  expect(held[2]).toEqual(held[1]);
  expect(counted(gateway)).toEqual({ verified: 0, false: 0, unverified: 1 });
  expect(gateway.answers.answers.size).toBe(1);
});

test('a share of 0: nothing is verified', async () => {
  const gateway = gatewayWith({ script: another, verifyShare: 0 });
  await gateway.ask(HOW);
  expect((await gateway.ask(IN_OTHER_WORDS)).state).toBe('semantic');
  expect(verifications(gateway)).toEqual([]);
  expect(counted(gateway)).toEqual({ verified: 0, false: 0, unverified: 0 });
});

test('the same question, found by its vector since the store was slow, is not verified', async () => {
  const gateway = gatewayWith({ script: another });
  await gateway.ask(HOW);
  gateway.answers.isSlowOnce = true;
  expect((await gateway.ask(HOW)).state).toBe('semantic');
  expect(verifications(gateway)).toEqual([]);
});

test('a share of the hits: as chance has it', async () => {
  const chance = jest.spyOn(Math, 'random');
  const gateway = gatewayWith({ script: sameInOtherWords, verifyShare: 0.25 });
  await gateway.ask(HOW);
  chance.mockReturnValue(0.25);
  await gateway.ask(IN_OTHER_WORDS);
  expect(verdicts(gateway)).toEqual([]);
  chance.mockReturnValue(0.249);
  await gateway.ask(AS_CLOSE);
  chance.mockRestore();
  expect(verdicts(gateway)).toEqual(['right']);
});

describe('what goes wrong costs the caller nothing, and is counted', () => {
  const failing = () => Promise.reject(new Error('it is gone'));
  test.each<[string, (gateway: Gateway) => void, Given, object]>([
    ['the model', () => undefined, { script: failsAfter(1) }, { verified: 0, false: 0, unverified: 1 }],
    ['a text that is cut', () => undefined, { script: cutAfter(1) }, { verified: 0, false: 0, unverified: 1 }],
    ['the embedding model', () => undefined, { script: another, embed: onlyQuestions }, { verified: 0, false: 0, unverified: 1 }],
    ['the store', ({ answers }) => void (answers.remove = failing), { script: another }, { verified: 1, false: 1, unverified: 0 }],
    ['the index', ({ index }) => void (index.remove = failing), { script: another }, { verified: 1, false: 1, unverified: 0 }],
  ])('%s', async (_, breaks, given, expected) => {
    const gateway = gatewayWith(given);
    breaks(gateway);
    await gateway.ask(HOW);
    expect(await gateway.ask(IN_OTHER_WORDS)).toMatchObject({ status: 200, state: 'semantic', settlement: { status: 'ok' } });
    expect(counted(gateway)).toEqual(expected);
    expect(verdicts(gateway)).toHaveLength(1);
    const made = verifications(gateway);
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter(({ settlement }) => settlement === undefined)).toEqual([]);
  });

  function failsAfter(good: number) {
    let asked = 0;
    return async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
      if (++asked > good) throw new Error('the model is gone');
      yield* another(request);
    };
  }

  function cutAfter(good: number) {
    let asked = 0;
    return async function* (request: ModelRequest): AsyncGenerator<ModelEvent> {
      const isCut = ++asked > good;
      for await (const event of another(request)) yield isCut && event.type === 'finish' ? { type: 'finish', reason: 'length' } : event;
    };
  }

  function onlyQuestions(request: EmbeddingRequest): EmbeddingAnswer {
    if (request.texts.length > 1) throw new Error('no answers');
    return embed(request);
  }
});

test('a caller has the whole answer before the model is asked, and waits for nothing after it', async () => {
  const order: string[] = [];
  let send!: () => void;
  const sent = new Promise<void>((resolve) => (send = resolve));
  const gateway = gatewayWith({ script: another });
  await gateway.ask(HOW);
  const before = gateway.modelCalls();
  const response = await gateway.request(
    '/v1/chat/completions',
    {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'x-blueprint-cache-control': 'ttl=60' },
      body: JSON.stringify({ model: 'small-1', messages: [{ role: 'user', content: IN_OTHER_WORDS }] }),
    },
    { sent, remainingMs: () => 60_000 },
  );
  expect(await response.text()).toContain('settings');
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  order.push(`asked ${gateway.modelCalls() - before} times before all was sent`);
  send();
  await gateway.settled();
  order.push(`asked ${gateway.modelCalls() - before} times after`);
  expect(order).toEqual(['asked 0 times before all was sent', 'asked 1 times after']);
});

test('a process that has no time left asks nothing', async () => {
  const gateway = gatewayWith({ script: another });
  await gateway.ask(HOW);
  const before = gateway.modelCalls();
  const body = JSON.stringify({ model: 'small-1', messages: [{ role: 'user', content: IN_OTHER_WORDS }] });
  const headers = { authorization: `Bearer ${KEY}`, 'x-blueprint-cache-control': 'ttl=60' };
  const response = await gateway.request('/v1/chat/completions', { method: 'POST', headers, body }, { remainingMs: () => 14_999 });
  await response.text();
  await gateway.settled();
  expect(gateway.modelCalls()).toBe(before);
  expect(counted(gateway)).toEqual({ verified: 0, false: 0, unverified: 1 });
});
