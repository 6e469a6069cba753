import * as fc from 'fast-check';
import { GatewayError } from '../../../../lambdas/core/errors';
import { hashKey, keyIdOf } from '../../../../lambdas/core/keys';
import { allows, routeNames, type Scopes } from '../../../../lambdas/core/scopes';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import type { TenantRecord } from '../../../../lambdas/core/tenants';
import type { EmbeddingModelEntry } from '../../../../lambdas/core/platform';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, errorOf, hello, KEY, type Script, tenantOf, withoutEvents } from '../support/ports';

/** What a key may use, over every route that there is and every way to a model. */

const embedder: EmbeddingModelEntry = {
  id: 'small-embedder',
  provider: 'bedrock',
  providerModelId: 'vendor.embedder',
  maxInputTokens: 100,
  maxInputsPerCall: 2,
  dimensions: [2],
  inputTypes: false,
  price: { input: 100_000 },
};
const models = [
  modelOf('small-1', 'small', 1_000_000),
  modelOf('small-2', 'small', 2_000_000),
  modelOf('mid-1', 'mid', 3_000_000),
  modelOf('large-1', 'large', 9_000_000),
];
const platform: PlatformDocument = {
  ...platformOf(models, {
    aliases: { any: ['small-1', 'mid-1', 'large-1'], little: ['small-1', 'small-2'] },
    fallback: { maxModels: 10, forExplicitModels: true, midAnswer: 'fail' },
  }),
  embeddingModels: [embedder],
};

/** Every model fails, so that all that may be asked are asked. */
const fails: Script = () => withoutEvents(() => Promise.reject(new GatewayError('model_unavailable', 'It is away.')));

function gatewayOf(script: Script, own: Scopes | undefined, ofTenant?: Scopes) {
  const asked: string[] = [];
  const record: TenantRecord = { tenant: tenantOf(KEY), limits: {}, scopes: ofTenant, updatedAt: 1 };
  const seen: Script = (request, signal) => {
    asked.push(request.model.id);
    return script(request, signal);
  };
  const gateway = createTestGateway(seen, { platform }, undefined, record);
  const hash = hashKey(KEY);
  gateway.keys.set(hash, { keyId: keyIdOf(hash), tenant: tenantOf(KEY), name: 'a key', createdAt: 0, scopes: own });
  return { gateway, asked };
}

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const messages = [{ role: 'user', content: 'Hi' }];

/** Each route of the app that a caller has to say who it is for: as the app itself knows them, so that none is forgotten. */
const guarded = createTestGateway()
  .app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
  .map(({ method, path }) => `${method} ${path}`);
const routes = [...new Set(guarded)];

const bodies: Readonly<Record<string, object>> = {
  'POST /v1/calls/:id/outcome': { success: true },
  'POST /v1/chat/completions': { model: 'small-1', messages },
  'POST /v1/embeddings': { model: 'small-embedder', input: 'Hi' },
};

async function send(gateway: ReturnType<typeof gatewayOf>['gateway'], route: string): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  const body = method === 'POST' ? JSON.stringify(bodies[route] ?? {}) : undefined;
  const response = await gateway.request(path.replace(':id', 'small-1'), { method, headers, body });
  await gateway.settled();
  return response;
}

describe('routes', () => {
  test('are those that this test knows of', () => {
    expect(routes.toSorted()).toEqual([
      'GET /v1/calls/:id',
      'GET /v1/models',
      'GET /v1/models/:id',
      'GET /v1/usage',
      'POST /v1/calls/:id/outcome',
      'POST /v1/chat/completions',
      'POST /v1/embeddings',
      'POST /v1/prompts/:id/completions',
    ]);
  });

  test.each(routes)('%s is refused to a key that has others alone, and asks no model', async (route) => {
    const others = routeNames.filter((name) => !route.includes(`/v1/${name}`));
    const { gateway, asked } = gatewayOf(hello, { routes: others });
    const response = await send(gateway, route);
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining(`Allowed are \`${others[0]}\``),
    });
    expect([asked, gateway.audit.order]).toEqual([[], []]);
  });

  test.each(routes)('%s is refused to a key whose tenant does not have it, whatever the key has', async (route) => {
    const { gateway } = gatewayOf(hello, { routes: [...routeNames] }, { routes: ['none'] });
    expect((await send(gateway, route)).status).toBe(403);
  });

  test.each(routes)('%s is not refused to a key that has it', async (route) => {
    const name = routeNames.find((one) => route.includes(`/v1/${one}`)) ?? '';
    const { gateway } = gatewayOf(hello, { routes: [name] });
    // No model of the test's makes embeddings, and there is no such call: what matters is who said so.
    expect((await send(gateway, route)).status).not.toBe(403);
  });
});

describe('models', () => {
  const scopes: Scopes = { models: ['small-*'] };

  test('are listed as far as they may be used, and looked up no further', async () => {
    const { gateway } = gatewayOf(hello, scopes, { models: ['small-2', 'small-embedder', 'large-1'] });
    const list = (await (await gateway.request('/v1/models', { headers })).json()) as { data: readonly { id: string }[] };
    expect(list.data.map(({ id }) => id)).toEqual(['small-2', 'small-embedder', 'little', 'auto']);
    const statusOf = async (id: string) => (await gateway.request(`/v1/models/${id}`, { headers })).status;
    expect([await statusOf('small-2'), await statusOf('small-1'), await statusOf('large-1')]).toEqual([200, 404, 404]);
  });

  test('one that makes embeddings is as if it were not there', async () => {
    const { gateway } = gatewayOf(hello, { models: ['small-1'] });
    const response = await send(gateway, 'POST /v1/embeddings');
    const { message } = await errorOf(response);
    expect(response.status).toBe(404);
    expect(message).toContain('`small-embedder` does not exist here');
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'refused', error_code: 'model_not_found' }]);
  });

  test('none is asked that the key or its tenant may not use, whichever way it is looked for', async () => {
    const pattern = fc.constantFrom('small-1', 'small-2', 'mid-1', 'large-1', 'small-*', 'mid-*', 'l*', 'none');
    const list = fc.option(fc.array(pattern, { minLength: 1, maxLength: 3 }), { nil: undefined });
    const request = fc.record({
      model: fc.constantFrom('auto', 'any', 'little', 'small-1', 'mid-1', 'large-1'),
      task_type: fc.constantFrom(undefined, 'chat', 'code', 'reasoning'),
      stream: fc.boolean(),
    });
    let reached = 0;
    await fc.assert(
      fc.asyncProperty(list, list, request, async (own, ofTenant, body) => {
        const { gateway, asked } = gatewayOf(fails, { models: own }, { models: ofTenant });
        const response = await gateway.request('/v1/chat/completions', {
          method: 'POST',
          headers,
          body: JSON.stringify({ messages, ...body }),
        });
        const text = await response.text();
        await gateway.settled();
        const may = (id: string) => allows([{ models: own }, { models: ofTenant }], 'models', id);
        expect(asked.filter((id) => !may(id))).toEqual([]);
        // Nor is it told of any, but for the one that it asks for.
        const told = models.map(({ id }) => id).filter((id) => id !== body.model && text.includes(id));
        expect(told.filter((id) => !may(id))).toEqual([]);
        reached += asked.length;
      }),
      { numRuns: 200 },
    );
    expect(reached).toBeGreaterThan(50);
  });
});

describe('tasks and prompts', () => {
  test.each<[Scopes, object, string]>([
    [{ tasks: ['summarization'] }, { task_type: 'code' }, 'tasks of type `code`'],
    [{ tasks: ['summarization'] }, {}, 'without `task_type`'],
    [{ prompts: ['greeting'] }, {}, 'messages or texts of its own'],
  ])('%j: a chat of %j is refused, on record, and no model asked', async (scopes, change, message) => {
    const { gateway, asked } = gatewayOf(hello, scopes);
    const response = await gateway.chat({ model: 'auto', messages, ...change });
    await gateway.settled();
    expect(response.status).toBe(403);
    expect(await errorOf(response)).toMatchObject({ code: 'access_denied', message: expect.stringContaining(message) });
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'refused', error_code: 'access_denied', cost_micro_usd: 0 }]);
    expect(asked).toEqual([]);
  });

  test.each<[Scopes]>([[{ tasks: ['chat'] }], [{ prompts: ['greeting'] }]])('%j: embeddings are refused, on record', async (scopes) => {
    const { gateway } = gatewayOf(hello, scopes);
    expect((await send(gateway, 'POST /v1/embeddings')).status).toBe(403);
    expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'refused', error_code: 'access_denied' }]);
  });
});
