import type { Accounts, ReserveRequest } from '../../../../lambdas/core/accounts/accounts';
import type { Amount } from '../../../../lambdas/core/accounts/account';
import { GatewayError } from '../../../../lambdas/core/errors';
import { createTestGateway, errorOf, hello, platform, simpleChat } from '../support/ports';

/** What the pipeline holds in accounts, and when it settles; the accounts themselves are tested against the store. */

const tenant = { tenant: 'acme', limits: { concurrency: 5, softLimitPercent: 50, microUsdPerDay: 10_000 }, updatedAt: 1 };
const limited = { ...platform, limits: { ...platform.limits, environment: { microUsdPerMonth: 1_000_000 } } };

function recording(refuse?: GatewayError) {
  const reserved: ReserveRequest[] = [];
  const settled: Amount[] = [];
  const accounts: Accounts = {
    reserve: async (request) => {
      reserved.push(request);
      if (refuse !== undefined) throw refuse;
      return {
        hold: { id: request.id, amount: request.worst, day: '01', reservedAtMs: 0 },
        windows: { month: '2026-11', day: '01', minute: 1 },
        held: [],
        requests: undefined,
        tokens: { limit: 100, remaining: -5, resetMs: 1_500 },
        crossed: ['tenant'],
        isAboveSoftLimit: true,
        funded: Promise.resolve(),
      };
    },
    settle: async (_reservation, actual) => void settled.push(actual),
  };
  return { accounts, reserved, settled };
}

test('the worst case is held in the accounts of the tenant and the environment, and what the call took is put in its place', async () => {
  const { accounts, reserved, settled } = recording();
  const gateway = createTestGateway(hello, { accounts, platform: limited }, undefined, tenant);
  const response = await gateway.chat({ ...simpleChat, max_tokens: 50 });
  await gateway.settled();
  const [intent] = gateway.audit.intents.values();
  expect(reserved.map(({ accounts: levels }) => levels.map(({ kind, id }) => `${kind} ${id}`))).toEqual([
    [expect.stringMatching(/^tenant /), 'environment test'],
  ]);
  // 82 tokens of input at most (2 bytes, 64 for a call and 16 for its message), and 50 of output.
  expect(reserved[0]?.worst).toEqual({ microUsd: intent?.worst_case_cost_micro_usd, tokens: 132 });
  expect(settled).toEqual([{ microUsd: 31, tokens: 19 }]);
  expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
  expect(response.headers.get('x-ratelimit-reset-tokens')).toBe('2s');
  expect(response.headers.get('x-ratelimit-limit-requests')).toBeNull();
  expect(gateway.requestLine()).toMatchObject({ soft_limits_crossed: ['tenant'] });
  expect(gateway.measured[0]?.values).toMatchObject({ SoftLimitCrossings: 1 });
});

test('a refusal has an intent and a settlement of nothing, and asks no model', async () => {
  const { accounts, settled } = recording(new GatewayError('insufficient_quota', 'The budget is used up.', { retryAfterSeconds: 60 }));
  const gateway = createTestGateway(hello, { accounts }, undefined, tenant);
  const response = await gateway.chat(simpleChat);
  await gateway.settled();
  expect([response.status, response.headers.get('retry-after'), await errorOf(response)]).toMatchObject([
    429,
    '60',
    { code: 'insufficient_quota' },
  ]);
  expect(gateway.audit.order).toEqual(['intent', 'settlement']);
  expect([...gateway.audit.settlements.values()]).toMatchObject([
    { status: 'refused', error_code: 'insufficient_quota', cost_micro_usd: 0 },
  ]);
  expect(settled).toEqual([]);
});

test('when the intent cannot be written nothing stays held', async () => {
  const { accounts, settled } = recording();
  const gateway = createTestGateway(hello, { accounts }, undefined, tenant);
  gateway.audit.fail.intent = new GatewayError('store_unavailable', 'The store is away.');
  expect((await gateway.chat(simpleChat)).status).toBe(503);
  expect(settled).toEqual([{ microUsd: 0, tokens: 0 }]);
});

test('when the settlement cannot be written the hold stays, for the sweeper to find', async () => {
  const { accounts, settled } = recording();
  const gateway = createTestGateway(hello, { accounts }, undefined, tenant);
  gateway.audit.fail.settlement = new Error('the store is away');
  expect((await gateway.chat(simpleChat)).status).toBe(200);
  await gateway.settled();
  expect(settled).toEqual([]);
});

test('of a call that has no route nothing is held', async () => {
  const { accounts, reserved } = recording();
  const gateway = createTestGateway(hello, { accounts }, undefined, tenant);
  expect((await gateway.chat({ ...simpleChat, model: 'none' })).status).toBe(404);
  expect(reserved).toEqual([]);
});
