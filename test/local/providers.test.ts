import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AiGateway, PromptRegistry, platformDocument } from '../../index';
import type { AssemblyStack } from '../../local/assembly';
import { startPlatform, type TestPlatform } from '../helpers/platform';
import { startServer, type TestServer } from '../unit/lambdas/support/http-server';

/** A gateway with a provider beside Bedrock, from its template: key, permission and model, and what the others do where one is missing. */

const messages = [{ role: 'user' as const, content: 'Hello' }];
const price = { input: 1_000_000, output: 2_000_000, cacheRead: 500_000 };

function synthesize(outdir: string, baseUrl: string): void {
  const app = new App({ outdir, analyticsReporting: false, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'Product', { env: { region: 'us-east-1' } });
  const own = (id: string, provider: string) => ({
    id,
    provider,
    providerModelId: 'served-model',
    tier: 'small' as const,
    contextWindowTokens: 10_000,
    maxOutputTokens: 1_000,
    capabilities: {
      tools: 'named' as const,
      strictTools: true,
      serialTools: true,
      images: false,
      jsonSchema: 'native' as const,
      sampling: 'both' as const,
      effort: [],
    },
    price,
  });
  const provider = (secretId?: string) => ({ api: 'openai-compatible' as const, baseUrl, ...(secretId && { secretId }) });
  const platform = platformDocument({
    region: 'us-east-1',
    providers: { keyed: provider('team/key'), absent: provider('team/absent'), open: provider() },
    models: ['nova-micro', own('keyed-model', 'keyed'), own('absent-model', 'absent'), own('open-model', 'open')],
    embeddingModels: [
      {
        id: 'keyed-embedder',
        provider: 'keyed',
        providerModelId: 'served-embedder',
        maxInputTokens: 1_000,
        maxInputsPerCall: 2,
        dimensions: [3],
        price: { input: 1_000_000 },
      },
    ],
  });
  new secretsmanager.Secret(stack, 'Key', { secretName: 'team/key', secretStringValue: SecretValue.unsafePlainText('sk-of-the-team') });
  const registry = new PromptRegistry(stack, 'Registry');
  new CfnOutput(stack, 'RegistryTable', { value: registry.table.tableName });
  new AiGateway(stack, 'Gateway', { platform, registry });
  app.synth();
}

let folder: string;
let upstream: TestServer;
let platform: TestPlatform;
const chunk = (members: object): string => `data: ${JSON.stringify({ choices: [], ...members })}\n\n`;
const assembly = () => path.join(folder, 'cdk.out');
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'providers-'));
  upstream = await startServer((request, response) => {
    if (request.path === '/v1/embeddings') {
      const { input } = JSON.parse(request.body) as { readonly input: readonly string[] };
      const data = input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0.5, -1] }));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 4, total_tokens: 4 } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello from upstream' } }] }));
    response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    const usage = { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27, prompt_tokens_details: { cached_tokens: 10 } };
    response.end(`${chunk({ usage })}data: [DONE]\n\n`);
  });
  synthesize(assembly(), `${upstream.url}/v1`);
});
beforeEach(() => {
  upstream.received.length = 0;
});
afterEach(() => platform.stop());
afterAll(async () => {
  await upstream.close();
  fs.rmSync(folder, { recursive: true });
});

test('the provider is called with the key from its secret, and its tokens are priced as the config says', async () => {
  platform = await startPlatform({ assembly: assembly() });
  for (let call = 0; call < 2; call += 1) {
    const { data, response } = await platform.openai.chat.completions.create({ model: 'keyed-model', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe('Hello from upstream');
    expect(data.usage).toMatchObject({ prompt_tokens: 20, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 10 } });
    // 10 × $1 + 10 × $0.50 + 7 × $2, each per million.
    expect(response.headers.get('x-blueprint-cost-usd')).toBe('0.000029');
  }
  expect(upstream.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-of-the-team', 'Bearer sk-of-the-team']);
  expect(JSON.parse(upstream.received[0]?.body ?? '')).toMatchObject({ model: 'served-model', stream: true, max_completion_tokens: 1000 });
  const reads = platform.emulator.world.permissions.uses.filter(({ action }) => action === 'secretsmanager:GetSecretValue');
  expect(reads).toHaveLength(1);
});

test('a stream arrives as one', async () => {
  platform = await startPlatform({ assembly: assembly() });
  const stream = await platform.openai.chat.completions.create({ model: 'keyed-model', messages, stream: true });
  let text = '';
  for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
  expect(text).toBe('Hello from upstream');
});

async function statusOf(model: string): Promise<number> {
  return (await platform.request('/v1/chat/completions', { body: { model, messages } })).status;
}

test('a secret that is missing disables its provider’s models, and no others', async () => {
  platform = await startPlatform({ assembly: assembly() });
  const refused = await platform.request('/v1/chat/completions', { body: { model: 'absent-model', messages } });
  expect([refused.status, await refused.json()]).toEqual([503, { error: expect.objectContaining({ code: 'model_unavailable' }) }]);
  expect(upstream.received).toHaveLength(0);
  expect(JSON.stringify(platform.logs())).toMatch(/API key in secret \\"team\/absent\\" cannot be read .*ResourceNotFoundException/);
  for (const model of ['keyed-model', 'open-model', 'nova-micro']) expect(await statusOf(model)).toBe(200);
});

test('so does a permission that is missing', async () => {
  platform = await startPlatform({ assembly: assembly(), transform: withoutSecrets });
  expect(await statusOf('keyed-model')).toBe(503);
  expect(JSON.stringify(platform.logs())).toMatch(/API key in secret \\"team\/key\\" cannot be read .*AccessDeniedException/);
  for (const model of ['open-model', 'nova-micro']) expect(await statusOf(model)).toBe(200);
});

/** The stacks without any statement on secrets. */
function withoutSecrets(stacks: readonly AssemblyStack[]): AssemblyStack[] {
  const changed = structuredClone(stacks) as AssemblyStack[];
  for (const { Type, Properties } of changed.flatMap(({ template }) => Object.values(template.Resources))) {
    if (Type !== 'AWS::IAM::Policy') continue;
    const { PolicyDocument } = Properties as unknown as { PolicyDocument: { Statement: { Action: unknown }[] } };
    PolicyDocument.Statement = PolicyDocument.Statement.filter(({ Action }) => Action !== 'secretsmanager:GetSecretValue');
  }
  return changed;
}

test('embeddings of the provider, in as many calls as it needs, with the same key', async () => {
  platform = await startPlatform({ assembly: assembly() });
  const { data, response } = await platform.openai.embeddings.create({ model: 'keyed-embedder', input: ['a', 'bb', 'ccc'] }).withResponse();
  expect(data.data.map(({ embedding }) => [...embedding])).toEqual([
    [1, 0.5, -1],
    [2, 0.5, -1],
    [3, 0.5, -1],
  ]);
  expect(data.usage.prompt_tokens).toBe(8);
  expect(upstream.received.map(({ path: asked, headers }) => [asked, headers.authorization])).toEqual([
    ['/v1/embeddings', 'Bearer sk-of-the-team'],
    ['/v1/embeddings', 'Bearer sk-of-the-team'],
  ]);
  expect(response.headers.get('x-blueprint-cost-usd')).toBe('0.000008');
});
