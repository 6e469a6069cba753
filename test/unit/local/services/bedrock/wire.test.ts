import {
  AccessDeniedException,
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
  ServiceUnavailableException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { BedrockRuntimeService, type ServedCall } from '../../../../../local/services/bedrock';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

const MODEL = 'anthropic.claude-sonnet-4-20250514-v1:0';
const QUESTION: ConverseCommandInput = { modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'How are you today?' }] }] };
const ANSWER = `[simulated answer from ${MODEL}] No model was called. Your message has 4 words and 5 tokens: "How are you today?"`;
const USAGE = { inputTokens: 5, outputTokens: Math.ceil(ANSWER.length / 4), totalTokens: 5 + Math.ceil(ANSWER.length / 4) };

const endpoints = new Endpoints();
const clients: BedrockRuntimeClient[] = [];
let served: ServedCall[] = [];
let endpoint: AwsEndpoint;

beforeAll(async () => {
  const latency = { firstTokenMs: 0, perTokenMs: 0 };
  endpoint = await endpoints.start([
    new BedrockRuntimeService({ accountId: ACCOUNT, region: REGION, latency, onServed: (call) => served.push(call) }),
  ]);
});
beforeEach(() => {
  served = [];
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await endpoints.closeAll();
});

type Handler = 'the default HTTP/2 handler' | 'NodeHttpHandler';

interface ClientOptions {
  readonly policies?: readonly PolicyDocument[];
  readonly to?: AwsEndpoint;
  readonly region?: string;
  readonly maxAttempts?: number;
}

function clientOf(handler: Handler, options: ClientOptions = {}): BedrockRuntimeClient {
  const { policies = [ALLOW_ALL], to = endpoint, region = REGION, maxAttempts = 1 } = options;
  const client = new BedrockRuntimeClient({
    region,
    endpoint: to.url,
    credentials: to.issueCredentials(rolePrincipal('gateway', ...policies)),
    maxAttempts,
    ...(handler === 'NodeHttpHandler' && { requestHandler: new NodeHttpHandler() }),
  });
  clients.push(client);
  return client;
}

async function collect(stream: AsyncIterable<ConverseStreamOutput> | undefined): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

describe.each<Handler>(['the default HTTP/2 handler', 'NodeHttpHandler'])('with %s', (handler) => {
  it('answers Converse', async () => {
    const answer = await clientOf(handler).send(new ConverseCommand(QUESTION));
    expect(answer).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: ANSWER }] } },
      stopReason: 'end_turn',
      usage: USAGE,
      metrics: { latencyMs: expect.any(Number) },
    });
    expect(served).toEqual([
      { modelId: MODEL, operation: 'Converse', modelMs: expect.any(Number), inputTokens: 5, outputTokens: USAGE.outputTokens },
    ]);
  });

  it('answers ConverseStream event by event, word by word', async () => {
    const answer = await clientOf(handler).send(new ConverseStreamCommand(QUESTION));
    const events = await collect(answer.stream);
    const words = ANSWER.match(/\S+\s*/g) ?? [];
    expect(words.length).toBeGreaterThan(10);
    expect(events).toEqual([
      { messageStart: { role: 'assistant' } },
      ...words.map((text) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } })),
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: 'end_turn' } },
      { metadata: { usage: USAGE, metrics: { latencyMs: expect.any(Number) } } },
    ]);
    expect(served).toMatchObject([{ operation: 'ConverseStream', outputTokens: USAGE.outputTokens }]);
  });

  it('calls tools, streamed and whole', async () => {
    const toolSpec = {
      name: 'get_weather',
      inputSchema: { json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    };
    const toolConfig = { tools: [{ toolSpec }], toolChoice: { any: {} } };
    const streamed = await clientOf(handler).send(new ConverseStreamCommand({ ...QUESTION, toolConfig }));
    const events = await collect(streamed.stream);
    expect(events.slice(0, 2)).toEqual([
      { messageStart: { role: 'assistant' } },
      {
        contentBlockStart: {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: expect.stringMatching(/^tooluse_/), name: 'get_weather' } },
        },
      },
    ]);
    const pieces = events.flatMap((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? []);
    expect(pieces.length).toBeGreaterThan(1);
    expect(JSON.parse(pieces.join(''))).toEqual({ city: 'simulated' });
    expect(events.slice(-3)).toMatchObject([
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: 'tool_use' } },
      {},
    ]);

    const whole = await clientOf(handler).send(new ConverseCommand({ ...QUESTION, toolConfig }));
    expect(whole).toMatchObject({
      stopReason: 'tool_use',
      output: {
        message: {
          content: [
            {
              toolUse: {
                toolUseId: events[1]?.contentBlockStart?.start?.toolUse?.toolUseId,
                name: 'get_weather',
                input: { city: 'simulated' },
              },
            },
          ],
        },
      },
    });
  });

  it('keeps concurrent streams apart', async () => {
    const client = clientOf(handler);
    const questions = Array.from({ length: 20 }, (_, index) => `Question number ${index}?`);
    const texts = await Promise.all(
      questions.map(async (text) => {
        const answer = await client.send(new ConverseStreamCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text }] }] }));
        return (await collect(answer.stream)).map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
      }),
    );
    expect(texts.map((text) => /"(.*)"$/.exec(text)?.[1])).toEqual(questions);
  });

  it('denies as AWS does, naming action and resource', async () => {
    const client = clientOf(handler, { policies: [{ Statement: { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*' } }] });
    await client.send(new ConverseCommand(QUESTION));
    const error = await client.send(new ConverseStreamCommand(QUESTION)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AccessDeniedException);
    expect(error).toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
      message:
        'User: arn:aws:sts::111122223333:assumed-role/gateway/session is not authorized to perform: ' +
        `bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-west-1::foundation-model/${MODEL} ` +
        'because no identity-based policy allows the bedrock:InvokeModelWithResponseStream action',
    });
  });

  it.each([
    ['throttled', ThrottlingException, 429],
    ['unavailable', ServiceUnavailableException, 503],
  ] as const)('sends an injected %s as the SDK’s own exception', async (kind, type, httpStatusCode) => {
    const client = clientOf(handler);
    endpoint.faults.add({ service: 'bedrock', operation: 'ConverseStream', kind, times: 1 });
    const error = await client.send(new ConverseStreamCommand(QUESTION)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ $metadata: { httpStatusCode } });
    expect(await collect((await client.send(new ConverseStreamCommand(QUESTION))).stream)).not.toEqual([]);
  });

  it('is retried by the SDK after a throttle', async () => {
    const patient = clientOf(handler, { maxAttempts: 3 });
    endpoint.faults.add({ service: 'bedrock', kind: 'throttled', times: 1 });
    expect(await patient.send(new ConverseCommand(QUESTION))).toMatchObject({ stopReason: 'end_turn', $metadata: { attempts: 2 } });
  });

  it('fails in the caller when it is cut in the middle', async () => {
    endpoint.faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 4, times: 1 });
    const answer = await clientOf(handler).send(new ConverseStreamCommand(QUESTION));
    const events: ConverseStreamOutput[] = [];
    const read = async (): Promise<void> => {
      for await (const event of answer.stream ?? []) events.push(event);
    };
    await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(events[0]).toEqual({ messageStart: { role: 'assistant' } });
    expect(events).toHaveLength(4);
  });

  it('stops generating when the caller leaves', async () => {
    const leaving = new AbortController();
    const slow: ServedCall[] = [];
    const own = await endpoints.start([
      new BedrockRuntimeService({
        accountId: ACCOUNT,
        region: REGION,
        latency: { firstTokenMs: 0, perTokenMs: 5 },
        onServed: (call) => slow.push(call),
      }),
    ]);
    const client = clientOf(handler, { to: own });
    const answer = await client.send(new ConverseStreamCommand(QUESTION), { abortSignal: leaving.signal });
    let deltas = 0;
    await (async () => {
      for await (const event of answer.stream ?? []) {
        if (event.contentBlockDelta) deltas += 1;
        if (deltas === 2) leaving.abort();
      }
    })().catch(() => undefined);
    client.destroy();
    // Long enough for the whole answer, had it gone on.
    await sleep(USAGE.outputTokens * 5 * 2);
    expect(slow).toEqual([]);
  });
});

describe('errors', () => {
  it('is ValidationException in the SDK for a request that Bedrock refuses', async () => {
    const error = await clientOf('NodeHttpHandler')
      .send(new ConverseCommand({ modelId: MODEL, messages: [{ role: 'assistant', content: [{ text: 'hi' }] }] }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationException);
    expect(error).toMatchObject({ message: expect.stringContaining('must start with a user message'), $metadata: { httpStatusCode: 400 } });
  });

  it('asks for permission before it looks at the request', async () => {
    await expect(
      clientOf('NodeHttpHandler', { policies: [] }).send(new ConverseCommand({ modelId: MODEL, messages: [] })),
    ).rejects.toBeInstanceOf(AccessDeniedException);
  });

  it('names an operation that is not emulated', async () => {
    const call = clientOf('NodeHttpHandler').send(new InvokeModelCommand({ modelId: MODEL, body: '{}' }));
    await expect(call).rejects.toThrow('The local emulator emulates InvokeModel of Titan Text Embeddings V2 and Cohere Embed v3 alone;');
  });

  it('refuses a call for another region', async () => {
    const client = clientOf('NodeHttpHandler', { region: 'us-east-1' });
    await expect(client.send(new ConverseCommand(QUESTION))).rejects.toThrow(
      'runs bedrock in eu-west-1 only; this call is signed for us-east-1',
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('refuses a latency of %p', (perTokenMs) => {
    const latency = { firstTokenMs: 0, perTokenMs };
    expect(() => new BedrockRuntimeService({ accountId: ACCOUNT, region: REGION, latency })).toThrow(
      'latency.perTokenMs must be 0 or more',
    );
  });
});

describe('inference profiles', () => {
  const PROFILE = 'eu.anthropic.claude-sonnet-4-20250514-v1:0';
  const PROFILE_ARN = `arn:aws:bedrock:${REGION}:${ACCOUNT}:inference-profile/${PROFILE}`;
  const grant = (resource: string, condition?: Record<string, Record<string, string>>): PolicyDocument => ({
    Statement: { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: resource, ...(condition && { Condition: condition }) },
  });
  const throughProfile = { StringEquals: { 'bedrock:InferenceProfileArn': PROFILE_ARN } };
  const models = `arn:aws:bedrock:*::foundation-model/${MODEL}`;
  const converse = (modelId: string, ...policies: PolicyDocument[]) =>
    clientOf('NodeHttpHandler', { policies }).send(new ConverseCommand({ ...QUESTION, modelId }));

  it.each([PROFILE, PROFILE_ARN])('needs the profile and its model wherever it may be sent: %s', async (modelId) => {
    expect(await converse(modelId, grant(PROFILE_ARN), grant(models, throughProfile))).toMatchObject({ stopReason: 'end_turn' });
    await expect(converse(modelId, grant(models, throughProfile))).rejects.toThrow(`on resource: ${PROFILE_ARN} because`);
    await expect(converse(modelId, grant(PROFILE_ARN))).rejects.toThrow(`foundation-model/${MODEL} because`);
    const oneRegion = `arn:aws:bedrock:${REGION}::foundation-model/${MODEL}`;
    await expect(converse(modelId, grant(PROFILE_ARN), grant(oneRegion))).rejects.toThrow(`foundation-model/${MODEL} because`);
  });

  it('does not allow the model itself to who may use it through the profile only', async () => {
    await expect(converse(MODEL, grant(PROFILE_ARN), grant(models, throughProfile))).rejects.toBeInstanceOf(AccessDeniedException);
  });
});
