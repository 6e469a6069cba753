import type { Registry } from '../../../../lambdas/core/registry';
import type { Scopes } from '../../../../lambdas/core/scopes';
import type { TenantRecord } from '../../../../lambdas/core/tenants';
import { reviewerOfBearer, reviewerOfSession, sees } from '../../../../lambdas/reviews/reviewer';

/** Which credentials may review, and what they see. */

const TOKEN = 'a.b.c';

interface Said {
  readonly own?: Scopes;
  readonly tenant?: Partial<TenantRecord>;
  readonly expiresAt?: number;
}

function reviewerWith(authorization: string | undefined, { own, tenant, expiresAt }: Said = {}) {
  const record = { keyId: 'k-1', tenant: 'acme', name: 'test', createdAt: 1, ...(own && { scopes: own }), ...(expiresAt && { expiresAt }) };
  const above = { tenant: { tenant: 'acme', limits: {}, updatedAt: 1, ...tenant }, team: undefined };
  const registry: Registry = {
    findKey: async () => ({ record, ...above }),
    findRole: async () => undefined,
    findBearer: async () => ({ revocation: undefined, ...above }),
  };
  const tokens = {
    verify: async () => ({ id: 'issuer#ada', subject: 'ada', issuedAtMs: 1, tenant: 'acme', team: undefined, scopes: own }),
  };
  const clock = { nowMs: () => 1_000, monotonicMs: () => 0 };
  return reviewerOfBearer(authorization, { registry, tokens, clock, platform: {} });
}

test.each([
  ['a key', 'Bearer sk-1', 'acme:k-1'],
  ['a token', `Bearer ${TOKEN}`, 'acme:issuer#ada'],
])('%s that names the route reviews for its tenant', async (_what, authorization, name) => {
  expect(await reviewerWith(authorization, { own: { routes: ['chat', 'reviews'] } })).toEqual({ name, tenant: 'acme' });
});

test.each<[string, Said]>([
  ['names no scopes', {}],
  ['names no routes', { own: { models: ['nova-*'] } }],
  ['names others', { own: { routes: ['chat', 'calls'] } }],
  ['names none, though its tenant does', { tenant: { scopes: { routes: ['reviews'] } } }],
  ['names it, and its tenant others', { own: { routes: ['reviews'] }, tenant: { scopes: { routes: ['chat'] } } }],
  ['is of a tenant that is suspended', { own: { routes: ['reviews'] }, tenant: { suspendedAt: 1 } }],
])('a credential that %s is refused', async (_what, said) => {
  for (const authorization of ['Bearer sk-1', `Bearer ${TOKEN}`]) {
    await expect(reviewerWith(authorization, said)).rejects.toMatchObject({ code: 'access_denied' });
  }
});

test.each([
  ['nothing', undefined, 'missing_api_key'],
  ['no bearer', 'Basic x', 'invalid_api_key'],
])('%s is no credential', async (_what, authorization, code) => {
  await expect(reviewerWith(authorization, { own: { routes: ['reviews'] } })).rejects.toMatchObject({ code });
});

test('a key that has expired says so, whatever it may', async () => {
  await expect(reviewerWith('Bearer sk-1', { expiresAt: 1 })).rejects.toMatchObject({ code: 'invalid_api_key' });
});

test('no key has the name of a session', () => {
  expect(reviewerOfSession('arn:aws:sts::111122223333:assumed-role/Reviewer/ada')).toEqual({ name: 'Reviewer/ada', tenant: undefined });
  expect(() => reviewerOfSession(undefined)).toThrow('none was verified');
});

test('a key sees its own tenant’s cases, and none of which nobody knows whose they are', () => {
  const key = { name: 'acme:k-1', tenant: 'acme' };
  expect([{ tenant: 'acme' }, { tenant: 'globex' }, {}].map((item) => sees(key, item))).toEqual([true, false, false]);
  const session = { name: 'Reviewer/ada', tenant: undefined };
  expect([{ tenant: 'acme' }, {}].map((item) => sees(session, item))).toEqual([true, true]);
});
