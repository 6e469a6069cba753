import type { AnswerCache, StoredAnswer } from '../../../../lambdas/core/answer-cache/answer-cache';
import type { SafetyConfig } from '../../../../lambdas/core/safety/safety-config';
import { createTestGateway, errorOf, KEY, platform, type Script } from '../support/ports';
import { MemoryPrompts } from '../support/prompts';

/** What a prompt asks of the stages around the model: its safety policy and its cache policy. And what the two are to each other. */

const MAIL = 'kwame.mensah@example.org';
const open: SafetyConfig['policies'][string] = {
  input: { kinds: {}, others: 'allow', restore: false },
  retrieved: { kinds: {}, others: 'allow' },
  output: { kinds: {}, others: 'allow' },
  rules: [],
  injection: {},
};
const strict: SafetyConfig['policies'][string] = {
  ...open,
  input: { ...open.input, others: 'block' },
  output: { ...open.output, others: 'redact' },
};
const answerCache = { tenants: [], ttlSeconds: 60, maxTtlSeconds: 600, staleSeconds: 0, maxTemperature: 1, maxMessages: 4 };

function gatewayWith(prompt: object, says: string) {
  const prompts = new MemoryPrompts();
  const greeting = {
    messages: [{ role: 'user', template: 'Greet {{name}}.' }],
    variables: { name: { type: 'string', maxLength: 100 } },
    taskType: 'chat',
  };
  prompts.release('greet', 1, { ...greeting, ...prompt });
  const answers = new Map<string, StoredAnswer>();
  const cache: AnswerCache = {
    find: async (key) => answers.get(key),
    put: async (key, answer) => void answers.set(key, answer),
    remove: async (key) => void answers.delete(key),
  };
  const script: Script = async function* () {
    await Promise.resolve();
    yield { type: 'text', text: says };
    yield { type: 'finish', reason: 'stop' };
  };
  const overrides = {
    prompts,
    platform: { ...platform, safety: { policies: { open, strict }, default: 'open' }, answerCache },
    answerCache: cache,
  };
  const gateway = createTestGateway(script, overrides, () => undefined);
  async function greet(name: string) {
    const init = { method: 'POST', headers: { authorization: `Bearer ${KEY}` }, body: JSON.stringify({ variables: { name } }) };
    const response = await gateway.request('/v1/prompts/greet/completions', init);
    const copy = response.clone();
    await response.text();
    await gateway.settled();
    return { response: copy, cache: copy.headers.get('x-blueprint-cache') };
  }
  return { greet, answers };
}

test('a prompt is held to the safety policy that it names, whoever calls it', async () => {
  const { greet } = gatewayWith({ safety: 'strict' }, 'Hello.');
  expect((await greet('Ada')).response.status).toBe(200);
  const { response } = await greet(MAIL);
  expect([response.status, await errorOf(response)]).toMatchObject([400, { code: 'content_blocked' }]);
  expect((await gatewayWith({}, 'Hello.').greet(MAIL)).response.status).toBe(200);
});

test('a policy that the environment does not have refuses the call', async () => {
  const { response } = await gatewayWith({ safety: 'elsewhere' }, 'Hello.').greet('Ada');
  expect([response.status, await errorOf(response)]).toMatchObject([500, { code: 'internal_error' }]);
});

test('a prompt has its answers kept or not, without its callers asking', async () => {
  const kept = gatewayWith({ cache: { exact: { ttlSeconds: 60 }, semantic: 'off' } }, 'Hello.');
  expect([(await kept.greet('Ada')).cache, (await kept.greet('Ada')).cache, (await kept.greet('Bo')).cache]).toEqual([
    'miss',
    'exact',
    'miss',
  ]);
  const off = gatewayWith({ cache: { exact: 'off', semantic: 'off' } }, 'Hello.');
  expect([(await off.greet('Ada')).cache, (await off.greet('Ada')).cache]).toEqual(['miss', 'miss']);
  expect(off.answers.size).toBe(0);
});

test('nothing is kept of a call or an answer in which the safety policy has found something', async () => {
  const exact = { exact: { ttlSeconds: 60 }, semantic: 'off' };
  const answering = gatewayWith({ safety: 'strict', cache: exact }, `Ask ${MAIL}.`);
  expect([(await answering.greet('Ada')).cache, (await answering.greet('Ada')).cache]).toEqual(['miss', 'miss']);
  expect(answering.answers.size).toBe(0);
});
