import { once } from 'node:events';
import type { SettlementRecord } from '../../../../lambdas/core/audit-record';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import { createAdapters } from '../../../../lambdas/gateway/adapters';
import { type RunningServer, runServer } from '../../../../lambdas/gateway/server-run';
import { matrixClients } from '../../../helpers/clients';
import { until } from '../../../helpers/platform';
import { startUpstream, UPSTREAM_KEY, type Upstream } from '../../../helpers/upstream/upstream';
import { beginStream, type FakeBedrock, frame, startBedrock } from '../support/bedrock';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway, KEY, type TestGateway } from '../support/ports';

/** What a client that leaves does to the model, with the gateway as a server: real clients, real adapters, providers on this machine. */

let bedrock: FakeBedrock;
let upstream: Upstream;
/** Answers of Bedrock's that were left before their end. */
let leftAtBedrock = 0;
let gateway: TestGateway;
let server: RunningServer;
beforeAll(async () => {
  upstream = await startUpstream();
  upstream.pause();
  bedrock = await startBedrock(async (_request, response) => {
    beginStream(response);
    response.write(frame(['messageStart', { role: 'assistant' }]));
    response.write(frame(['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Half an answer' } }]));
    await once(response, 'close');
    leftAtBedrock += 1;
  });
  const providers: PlatformDocument['providers'] = {
    bedrock: { api: 'bedrock' },
    chat: { api: 'openai-compatible', baseUrl: `${upstream.url}/v1`, secretId: 'key' },
    messages: { api: 'anthropic', baseUrl: upstream.url, secretId: 'key' },
  };
  const models = Object.keys(providers).map((provider) => modelOf(`${provider}-model`, 'small', 1_000_000, { provider }));
  gateway = createTestGateway(undefined, {
    platform: { ...platformOf(models), providers },
    adapters: createAdapters(providers, async () => UPSTREAM_KEY),
  });
  const log = { info: () => undefined, error: () => undefined };
  server = await runServer(gateway.app, { host: '127.0.0.1', port: 0, shutdownGraceMs: 10_000 }, log);
});
afterAll(async () => {
  await server.stop();
  await bedrock.close();
  await upstream.close();
});
beforeEach(() => gateway.audit.settlements.clear());

async function settlement(): Promise<SettlementRecord | undefined> {
  await until(() => gateway.audit.settlements.size > 0, 'the call was settled');
  return [...gateway.audit.settlements.values()][0];
}

describe.each(matrixClients)('%s', (_package, client) => {
  test.each([
    ['bedrock', 'bedrock-model', () => leftAtBedrock],
    ['openai-compatible', 'chat-model', () => upstream.abandoned()],
    ['anthropic', 'messages-model', () => upstream.abandoned()],
  ])('that leaves a stream from %s: the provider’s answer is left too, and what was said is charged', async (_adapter, model, left) => {
    const before = left();
    const leaving = new AbortController();
    const asked = { baseUrl: `http://127.0.0.1:${server.port}/v1`, key: KEY, model };
    const said = await client.leave(asked, 'Hello there', { signal: leaving.signal, abort: () => leaving.abort() });
    expect(said).not.toBe('');
    await until(() => left() === before + 1, 'the provider’s answer was left');
    expect(await settlement()).toMatchObject({ model, status: 'cancelled', error_code: 'request_cancelled', usage_estimated: true });
    expect((await settlement())?.cost_micro_usd).toBeGreaterThan(0);
  });
});
