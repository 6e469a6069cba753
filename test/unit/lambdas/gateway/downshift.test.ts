import type { Accounts } from '../../../../lambdas/core/accounts/accounts';
import type { RoutingPolicy } from '../../../../lambdas/core/routing-policy';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, hello, type Script } from '../support/ports';
import { reservationOf } from '../support/reservations';

/** Above a soft limit calls go to smaller models, where the policy says so. */

const models = [modelOf('large', 'large', 9_000_000), modelOf('mid', 'mid', 3_000_000), modelOf('small', 'small', 1_000_000)];
const tenant = { tenant: 'acme', limits: { softLimitPercent: 50, microUsdPerDay: 1_000_000 }, updatedAt: 1 };

function accountsOf(isAboveSoftLimit: boolean): Accounts {
  return {
    reserve: async (request) => reservationOf(request, isAboveSoftLimit),
    settle: async () => undefined,
  };
}

async function ask(given: {
  readonly model: string;
  readonly isAbove?: boolean;
  readonly routing?: Partial<RoutingPolicy>;
  readonly body?: object;
  readonly models?: typeof models;
  readonly script?: Script;
}) {
  const platform = platformOf(given.models ?? models, {
    aliases: { best: ['large'] },
    downshift: { forExplicitModels: false },
    ...given.routing,
  });
  const gateway = createTestGateway(given.script ?? hello, { accounts: accountsOf(given.isAbove ?? true), platform }, undefined, tenant);
  const response = await gateway.chat({ model: given.model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 50, ...given.body });
  await response.text();
  await gateway.settled();
  const [intent] = gateway.audit.intents.values();
  const [settlement] = gateway.audit.settlements.values();
  return {
    model: response.headers.get('x-blueprint-model'),
    route: response.headers.get('x-blueprint-route'),
    trail: settlement?.decision_trail,
    cost: settlement?.cost_micro_usd ?? Number.NaN,
    worst: intent?.worst_case_cost_micro_usd ?? Number.NaN,
  };
}

const step = (model: string) => [{ step: 'downshift', model, because: 'soft_limit' }];

test('the next smaller tier answers, and the answer and its record say so', async () => {
  const answer = await ask({ model: 'auto', body: { task_type: 'reasoning' } });
  expect(answer).toMatchObject({ model: 'mid', route: 'task:reasoning:large:downshift', trail: step('large') });
  expect(answer.cost).toBeLessThanOrEqual(answer.worst);
});

test.each<[string, Parameters<typeof ask>[0], string, string]>([
  ['below the soft limit', { model: 'best', isAbove: false }, 'large', 'alias:best'],
  ['without the policy', { model: 'best', routing: { downshift: undefined } }, 'large', 'alias:best'],
  ['a model by its id', { model: 'large' }, 'large', 'exact_id'],
  ['the smallest tier', { model: 'small' }, 'small', 'exact_id'],
  [
    'a smaller model that costs more',
    { model: 'best', models: [modelOf('large', 'large', 1), modelOf('mid', 'mid', 9_000_000)] },
    'large',
    'alias:best',
  ],
])('the route stays: %s', async (_name, given, model, route) => {
  expect(await ask(given)).toMatchObject({ model, route, trail: undefined });
});

test('an alias, and a model by its id where the policy says so', async () => {
  expect(await ask({ model: 'best' })).toMatchObject({ model: 'mid', route: 'alias:best:downshift', trail: step('large') });
  const routing = { downshift: { forExplicitModels: true } };
  expect(await ask({ model: 'large', routing })).toMatchObject({ model: 'mid', route: 'exact_id:downshift', trail: step('large') });
});

test('a tier without a model that can honour the request is passed over', async () => {
  const [large, mid, small] = models as [(typeof models)[number], (typeof models)[number], (typeof models)[number]];
  const narrow = { ...mid, contextWindowTokens: 60, maxOutputTokens: 10 };
  expect(await ask({ model: 'best', models: [large, narrow, small] })).toMatchObject({ model: 'small', trail: step('large') });
});

test('when the smaller model fails, the model of before answers', async () => {
  const script: Script = (request) => {
    if (request.model.id !== 'large') throw new Error('it is away');
    return hello();
  };
  const { model, trail } = await ask({ model: 'best', script });
  expect(model).toBe('large');
  expect(trail?.map(({ step: taken }) => taken)).toEqual(['downshift', 'fall_back']);
});
