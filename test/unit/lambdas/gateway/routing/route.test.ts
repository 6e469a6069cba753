import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { Residency } from '../../../../../lambdas/core/residency';
import type { RoutingPolicy } from '../../../../../lambdas/core/routing-policy';
import type { Scopes } from '../../../../../lambdas/core/scopes';
import { Breakers } from '../../../../../lambdas/core/breaker';
import { refuseUnsupported, requireCapability } from '../../../../../lambdas/gateway/adapters/refuse-unsupported';
import type { ModelAdapter } from '../../../../../lambdas/gateway/adapters/adapter';
import type { ChatRequest } from '../../../../../lambdas/gateway/openai/request';
import type { Candidate } from '../../../../../lambdas/gateway/routing/candidate';
import { decideRoute, escalationOf } from '../../../../../lambdas/gateway/stages/route';
import { modelOf, platformOf } from '../../support/models';

const models = [
  modelOf('large-1', 'large', 20_000_000),
  modelOf('mid-dear', 'mid', 5_000_000),
  modelOf('mid-cheap', 'mid', 3_000_000),
  modelOf('small-1', 'small', 1_000_000),
  modelOf('small-blind', 'small', 500_000, { capabilities: { ...modelOf('x', 'small', 1).capabilities, tools: 'none' } }),
];

const adapter: ModelAdapter = {
  check: (request) => {
    refuseUnsupported(request, new Set(['max_tokens', 'tools']));
    if (request.body.tools !== undefined) requireCapability(request, 'tools', ({ tools }) => tools !== 'none');
  },
  stream: () => {
    throw new Error('no model is called here');
  },
};

interface Given {
  readonly routing?: Partial<RoutingPolicy>;
  readonly models?: readonly ModelEntry[];
  /** Whose breakers are open. */
  readonly broken?: readonly string[];
  /** The answer is held to a schema. */
  readonly isChecked?: boolean;
  readonly scopes?: readonly Scopes[];
  readonly residency?: readonly Residency[];
}

function decide(change: Partial<ChatRequest>, given: Given = {}) {
  const breakers = new Breakers({ failureThreshold: 1, openMs: 1_000 }, { nowMs: () => 0 });
  for (const id of given.broken ?? []) breakers.enter(`bedrock/vendor.${id}`)?.failed();
  const platform = platformOf(given.models ?? models, {
    fallback: { maxModels: 10, forExplicitModels: false, midAnswer: 'fail' as const },
    ...given.routing,
  });
  const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'Hi' }], ...change };
  const decision = decideRoute(
    { body, check: given.isChecked === true ? () => [] : undefined },
    { scopes: given.scopes ?? [], residency: given.residency ?? [] },
    { platform, adapters: { bedrock: adapter }, breakers },
  );
  if ('refusal' in decision) return { code: decision.refusal.code, message: decision.refusal.message, param: decision.refusal.param };
  const { candidates, reason, skipped } = decision.route;
  return { models: candidates.map(({ request }) => request.model.id), reason, skipped: skipped.map(({ model }) => model) };
}

const tool = { type: 'function' as const, function: { name: 'f' } };
const allBySize = ['small-blind', 'small-1', 'mid-cheap', 'mid-dear', 'large-1'];

test.each([
  ['chat', allBySize, 'small'],
  ['classification', allBySize, 'small'],
  ['code', ['mid-cheap', 'mid-dear', 'large-1'], 'mid'],
  ['reasoning', ['large-1'], 'large'],
] as const)('auto, %s: the smallest tier that may do it first, the cheaper first in a tier', (task_type, expected, tier) => {
  expect(decide({ task_type })).toEqual({ models: expected, reason: `task:${task_type}:${tier}`, skipped: [] });
});

test('auto without a task: by how much is asked', () => {
  expect(decide({})).toMatchObject({ models: allBySize, reason: 'complexity:0:small' });
  expect(decide({ messages: [{ role: 'user', content: 'Compare and evaluate.' }] })).toMatchObject({
    models: ['mid-cheap', 'mid-dear', 'large-1'],
    reason: 'complexity:2:mid',
  });
});

test('the policy decides what a task needs, and how many models a call may try', () => {
  const tasks = { ...platformOf(models).routing.tasks, chat: 'large' as const };
  expect(decide({ task_type: 'chat' }, { routing: { tasks } })).toMatchObject({ models: ['large-1'], reason: 'task:chat:large' });
  expect(
    decide({ task_type: 'chat' }, { routing: { fallback: { maxModels: 2, forExplicitModels: false, midAnswer: 'fail' as const } } }),
  ).toMatchObject({
    models: ['small-blind', 'small-1'],
  });
});

test('a task whose answer is held to a schema may begin at a smaller tier', () => {
  const checkedTasks = { reasoning: 'mid' as const };
  const routing = { checkedTasks };
  expect(decide({ task_type: 'reasoning' }, { routing })).toMatchObject({ models: ['large-1'], reason: 'task:reasoning:large' });
  expect(decide({ task_type: 'reasoning' }, { routing, isChecked: true })).toMatchObject({
    models: ['mid-cheap', 'mid-dear', 'large-1'],
    reason: 'task:reasoning:mid',
  });
  expect(decide({ task_type: 'code' }, { routing, isChecked: true })).toMatchObject({ reason: 'task:code:mid' });
});

test('a larger model is the first of the next tier that there is', () => {
  const candidate = (id: string, tier: 'small' | 'mid' | 'large') =>
    ({ adapter, request: { model: modelOf(id, tier, 1) } }) as unknown as Candidate;
  const able = [candidate('l', 'large'), candidate('s', 'small'), candidate('m', 'mid'), candidate('n', 'mid')];
  const idOf = (tier: 'small' | 'mid' | 'large') => escalationOf({ able }, tier)?.request.model.id;
  expect([idOf('small'), idOf('mid'), idOf('large')]).toEqual(['m', 'l', undefined]);
});

test('a model that cannot honour the request is left out; when none can, it is said what is missing', () => {
  expect(decide({ task_type: 'chat', tools: [tool] })).toMatchObject({ models: ['small-1', 'mid-cheap', 'mid-dear', 'large-1'] });
  expect(decide({ task_type: 'chat', tools: [tool] }, { models: models.slice(4) })).toMatchObject({
    code: 'unsupported_field',
    param: 'tools',
    message: expect.stringContaining('no model here does'),
  });
  expect(decide({ max_tokens: 1_001 })).toMatchObject({ code: 'invalid_request', param: 'max_tokens' });
});

test('an explicit id is that model alone, unless the policy says otherwise', () => {
  expect(decide({ model: 'mid-dear' })).toEqual({ models: ['mid-dear'], reason: 'exact_id', skipped: [] });
  const fallback = { maxModels: 10, forExplicitModels: true, midAnswer: 'fail' as const };
  expect(decide({ model: 'mid-dear' }, { routing: { fallback } })).toMatchObject({
    models: ['mid-dear', 'mid-cheap', 'large-1'],
    reason: 'exact_id',
  });
  // Its own refusal stands: another model would be another question.
  expect(decide({ model: 'small-blind', tools: [tool] }, { routing: { fallback } })).toMatchObject({ code: 'unsupported_field' });
});

test('an alias is its models in its own order', () => {
  const routing = { aliases: { fast: ['mid-dear', 'small-1'] } };
  expect(decide({ model: 'fast' }, { routing })).toEqual({ models: ['mid-dear', 'small-1'], reason: 'alias:fast', skipped: [] });
});

test.each(['none', 'constructor', 'toString', '__proto__'])('%s is neither a model nor an alias', (model) => {
  expect(decide({ model })).toMatchObject({ code: 'model_not_found', param: 'model' });
});

describe('a ceiling', () => {
  // Each: (2 bytes + 64 + 16) tokens in and 100 out at its price: 182 tokens.
  const cheap = { task_type: 'chat', max_tokens: 100 } as const;

  test('leaves out what may cost more', () => {
    expect(decide({ ...cheap, max_cost_usd: 0.000546 })).toMatchObject({ models: ['small-blind', 'small-1', 'mid-cheap'] });
    expect(decide({ ...cheap, max_cost_usd: 0.000545 })).toMatchObject({ models: ['small-blind', 'small-1'] });
  });

  test('that no model meets is refused with the cheapest possible', () => {
    expect(decide({ ...cheap, max_cost_usd: 0.00009 })).toEqual({
      code: 'cost_ceiling_exceeded',
      param: 'max_cost_usd',
      message: expect.stringMatching(/\(\$0\.000090\): the cheapest possible is \$0\.000091, by `small-blind`/),
    });
    expect(decide({ ...cheap, max_cost_usd: 0.000091 })).toMatchObject({ models: ['small-blind'] });
  });

  test('holds for a model that was named', () => {
    expect(decide({ model: 'large-1', max_tokens: 100, max_cost_usd: 0.003 })).toMatchObject({
      code: 'cost_ceiling_exceeded',
      message: expect.stringContaining('$0.003640, by `large-1`'),
    });
  });
});

describe('the context window', () => {
  const long = { messages: [{ role: 'user' as const, content: 'x'.repeat(48_000) }] };
  const wide = modelOf('wide', 'large', 20_000_000, { contextWindowTokens: 100_000 });

  test('a model that is too narrow is left out', () => {
    expect(decide({ ...long, task_type: 'chat' }, { models: [...models, wide] })).toMatchObject({ models: ['wide'] });
  });

  test('a request that fits none is refused with the counts', () => {
    expect(decide({ ...long, task_type: 'chat', max_tokens: 50 })).toEqual({
      code: 'context_length_exceeded',
      param: 'messages',
      message: expect.stringMatching(/48000 bytes, about 12000 tokens, and 50 for the answer; its context window has 10000\.$/),
    });
  });

  test('of a model that was named it is refused only what cannot fit', () => {
    expect(decide({ ...long, model: 'small-1' })).toMatchObject({ models: ['small-1'] });
    const longer = { messages: [{ role: 'user' as const, content: 'x'.repeat(81_000) }] };
    expect(decide({ ...longer, model: 'small-1' })).toMatchObject({ code: 'context_length_exceeded' });
  });
});

describe('health', () => {
  test('a model whose breaker is open is left out, and the route says so', () => {
    expect(decide({ task_type: 'chat' }, { broken: ['small-blind', 'mid-cheap'] })).toEqual({
      models: ['small-1', 'mid-dear', 'large-1'],
      reason: 'task:chat:small',
      skipped: ['small-blind', 'mid-cheap'],
    });
  });

  test('when all are ill, all are candidates: their breakers decide', () => {
    const routing = { aliases: { fast: ['mid-dear', 'small-1'] } };
    expect(decide({ model: 'fast' }, { routing, broken: ['mid-dear', 'small-1'] })).toMatchObject({
      models: ['mid-dear', 'small-1'],
      skipped: [],
    });
  });

  test('a ceiling that only an ill model meets says what that one would cost', () => {
    expect(decide({ task_type: 'chat', max_tokens: 100, max_cost_usd: 0.0001 }, { broken: ['small-blind'] })).toMatchObject({
      code: 'cost_ceiling_exceeded',
      message: expect.stringContaining('$0.000091'),
    });
  });
});

test('no model of the tier', () => {
  expect(decide({ task_type: 'reasoning' }, { models: models.slice(3) })).toMatchObject({ code: 'model_not_found' });
});

describe('of models that the caller may not use', () => {
  const eu = { within: ['eu'] };
  const placed = [
    modelOf('small-us', 'small', 1_000_000, { processedIn: ['us-east-1'], retention: 'none' }),
    modelOf('small-eu', 'small', 2_000_000, { processedIn: ['eu'], retention: 'none' }),
    modelOf('mid-kept', 'mid', 3_000_000, { processedIn: ['eu-west-1'] }),
    modelOf('mid-anywhere', 'mid', 4_000_000, { processedIn: ['global'], retention: 'none' }),
    modelOf('large-unknown', 'large', 9_000_000),
  ];
  const aliases = { mixed: ['small-us', 'mid-kept'], elsewhere: ['small-us', 'mid-anywhere'] };

  test.each<[string, string, Given, readonly string[]]>([
    ['auto', 'auto', { scopes: [{ models: ['mid-*'] }] }, ['mid-cheap', 'mid-dear']],
    ['auto, by scopes of two', 'auto', { scopes: [{ models: ['mid-*'] }, { models: ['mid-cheap', 'small-1'] }] }, ['mid-cheap']],
    [
      'an id, and none in its place',
      'small-1',
      { scopes: [{ models: ['small-1', 'large-1'] }], routing: anyModel() },
      ['small-1', 'large-1'],
    ],
    ['auto within a geography', 'auto', { models: placed, residency: [eu] }, ['small-eu', 'mid-kept']],
    ['auto within a region', 'auto', { models: placed, residency: [{ within: ['eu-west-1'] }] }, ['mid-kept']],
    ['auto without retention', 'auto', { models: placed, residency: [{ noRetention: true }] }, ['small-us', 'small-eu', 'mid-anywhere']],
    ['auto by two residencies', 'auto', { models: placed, residency: [eu, { noRetention: true }] }, ['small-eu']],
    ['an alias', 'mixed', { models: placed, residency: [eu], routing: { aliases } }, ['mid-kept']],
    ['an id and its fallbacks', 'small-eu', { models: placed, residency: [eu], routing: anyModel() }, ['small-eu', 'mid-kept']],
  ])('%s leads to none of them', (_name, model, given, expected) => {
    expect(decide({ model }, given)).toMatchObject({ models: expected });
  });

  test.each([
    ['an id', 'small-us'],
    ['an alias that has no other', 'elsewhere'],
  ])('%s is answered as if it were not there', (_name, model) => {
    const refusal = decide({ model }, { models: placed, residency: [eu], routing: { aliases } });
    const unheardOf = decide({ model: 'no-such' }, { models: placed, residency: [eu], routing: { aliases } });
    expect(refusal).toEqual({
      code: 'model_not_found',
      message: expect.stringContaining(`\`${model}\` does not exist here`),
      param: 'model',
    });
    expect(refusal.message?.replace(model, 'no-such')).toBe(unheardOf.message);
  });

  test('no larger one is looked for among them', () => {
    const candidates = decide({ model: 'auto' }, { models: placed, residency: [eu], isChecked: true });
    expect(candidates).toMatchObject({ models: ['small-eu', 'mid-kept'] });
  });

  test.each<[Partial<ChatRequest>, Scopes, string]>([
    [{ task_type: 'code' }, { tasks: ['summarization'] }, 'tasks of type `code`. Allowed are `summarization`.'],
    [{}, { tasks: ['summarization', 'chat'] }, 'without `task_type`. Allowed are `summarization`, `chat`.'],
    [{}, { prompts: ['greeting'] }, 'may not send messages or texts of its own. Allowed are `greeting`.'],
  ])('%j is not what %j are for', (change, scopes, message) => {
    expect(decide(change, { scopes: [scopes] })).toMatchObject({ code: 'access_denied', message: expect.stringContaining(message) });
  });

  test('a task that all scopes allow is routed', () => {
    const scopes = [{ tasks: ['code', 'chat'] }, { tasks: ['c*'] }];
    expect(decide({ task_type: 'code' }, { scopes })).toHaveProperty('models');
  });
});

function anyModel(): Given['routing'] {
  return { fallback: { maxModels: 10, forExplicitModels: true, midAnswer: 'fail' } };
}
