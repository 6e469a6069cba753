import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { createLambdaHandler } from '../../../../lambdas/gateway/handler';
import { requestOf } from '../../../../lambdas/core/proxy-request';
import * as fc from 'fast-check';
import * as lambdaEvent from '../../../../lambdas/gateway/lambda-event';
import { bindingsOf } from '../../../../lambdas/gateway/lambda-event';
import type { Accounts } from '../../../../lambdas/core/accounts/accounts';
import { GatewayError } from '../../../../lambdas/core/errors';
import { createTestGateway, eventsOf, hello, KEY, SESSION_ARN, simpleChat } from '../support/ports';
import { MemoryPrompts } from '../support/prompts';

/** Lambda's own behaviour: metadata is sent by the first write, not by `end`. */
class ResponseStream extends Writable {
  prelude: Record<string, unknown> | undefined;
  #metadata: Record<string, unknown> | undefined;
  readonly chunks: string[] = [];
  /** Called once per chunk, with the function that takes the next. */
  onChunk: (next: () => void) => void = (next) => next();

  constructor(highWaterMark = 16_384) {
    super({ highWaterMark });
  }

  setMetadata(metadata: Record<string, unknown>): void {
    this.#metadata = metadata;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.prelude ??= this.#metadata;
    this.chunks.push(chunk.toString());
    this.onChunk(done);
  }

  text(): string {
    return this.chunks.join('');
  }
}

beforeAll(() => {
  const HttpResponseStream = {
    from(stream: ResponseStream, metadata: Record<string, unknown>) {
      stream.setMetadata(metadata);
      return stream;
    },
  };
  Object.assign(globalThis, { awslambda: { HttpResponseStream } });
});

function eventOf(change: object = {}): APIGatewayProxyEvent {
  return {
    httpMethod: 'POST',
    path: '/v1/chat/completions',
    multiValueHeaders: { authorization: [`Bearer ${KEY}`], 'content-type': ['application/json'] },
    multiValueQueryStringParameters: null,
    body: JSON.stringify(simpleChat),
    isBase64Encoded: false,
    requestContext: { identity: { userArn: null } },
    ...change,
  } as unknown as APIGatewayProxyEvent;
}

function run(gateway: ReturnType<typeof createTestGateway>, event: APIGatewayProxyEvent, stream = new ResponseStream()) {
  const done = createLambdaHandler(gateway.app)(event, stream as never, { getRemainingTimeInMillis: () => 60_000 });
  return { stream, done };
}

test('a plain answer: prelude, body, end; settled before the invocation ends', async () => {
  const gateway = createTestGateway();
  const { audit } = gateway;
  const insert = audit.insertSettlement.bind(audit);
  audit.insertSettlement = async (id, settlement) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await insert(id, settlement);
  };
  const { stream, done } = run(gateway, eventOf());
  await done;
  expect(stream.prelude).toMatchObject({
    statusCode: 200,
    headers: { 'x-blueprint-model': 'small-1', 'content-type': 'application/json' },
  });
  expect(JSON.parse(stream.text())).toMatchObject({ object: 'chat.completion' });
  expect(stream.writableEnded).toBe(true);
  expect(gateway.audit.order).toEqual(['intent', 'model', 'settlement']);
  expect(gateway.lines.map(({ message }) => message)).toEqual(['request']);
});

test('the last byte is out before the settlement is written', async () => {
  const gateway = createTestGateway();
  const { audit } = gateway;
  const stream = new ResponseStream();
  const insert = audit.insertSettlement.bind(audit);
  let sent = '';
  audit.insertSettlement = (id, settlement) => {
    sent = stream.text();
    return insert(id, settlement);
  };
  await run(gateway, eventOf({ body: JSON.stringify({ ...simpleChat, stream: true }) }), stream).done;
  expect(eventsOf(sent).at(-1)).toBe('[DONE]');
});

test('a body that is empty still has its status', async () => {
  const { stream, done } = run(createTestGateway(), eventOf({ httpMethod: 'HEAD', path: '/healthz', body: null }));
  await done;
  expect(stream.prelude).toMatchObject({ statusCode: 200 });
  expect([stream.text(), stream.writableEnded]).toEqual(['', true]);
});

test('a stream waits for a slow reader', async () => {
  let produced = 0;
  const gateway = createTestGateway(async function* () {
    for (; produced < 50; produced += 1) yield { type: 'text', text: 'x'.repeat(100) };
    yield { type: 'finish', reason: 'stop' };
  });
  const stream = new ResponseStream(1);
  const waiting: (() => void)[] = [];
  stream.onChunk = (next) => void waiting.push(next);
  const { done } = run(gateway, eventOf({ body: JSON.stringify({ ...simpleChat, stream: true }) }), stream);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(produced).toBeLessThan(5);
  stream.onChunk = (next) => next();
  waiting.shift()?.();
  await done;
  expect(produced).toBe(50);
});

test('an output that breaks stops the model, and the call is settled all the same', async () => {
  const gateway = createTestGateway(async function* () {
    for (let event = 0; event < 1000; event += 1) yield { type: 'text', text: 'x' };
  });
  const stream = new ResponseStream(1);
  let chunks = 0;
  stream.onChunk = (next) => {
    chunks += 1;
    if (chunks === 3) stream.destroy(new Error('gone'));
    else setImmediate(next);
  };
  await expect(run(gateway, eventOf({ body: JSON.stringify({ ...simpleChat, stream: true }) }), stream).done).rejects.toThrow(
    /gone|closed|aborted/,
  );
  expect([...gateway.audit.settlements.values()]).toMatchObject([{ status: 'cancelled' }]);
});

describe('an event', () => {
  test('becomes a request', async () => {
    const event = eventOf({
      path: '/v1/x y',
      multiValueQueryStringParameters: { a: ['1', '2'], b: ['&='] },
      multiValueHeaders: { 'X-Twice': ['1', '2'], 'X-Bad': ['\u2603'] },
      body: Buffer.from('{"é":1}').toString('base64'),
      isBase64Encoded: true,
    });
    const request = requestOf(event);
    expect(request.url).toBe('http://gateway/v1/x%20y?a=1&a=2&b=%26%3D');
    expect(Object.fromEntries(request.headers)).toMatchObject({ 'x-twice': '1, 2' });
    expect(await request.text()).toBe('{"é":1}');
  });

  test('keeps host and path apart, whatever the path', () => {
    expect(new URL(requestOf(eventOf({ path: '//evil.example/v1' })).url).host).toBe('gateway');
    expect(new URL(requestOf(eventOf({ path: '/v1/a?b#c' })).url).pathname).toBe('/v1/a%3Fb%23c');
  });

  test('is the same request to the app as the global class has it', async () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('Bearer a', ' \t a \r\n', 'a\0b', 'a\nb', '\u00e9', '\u0100', '\u00a0a', '\x01', ''),
    );
    const name = fc.constantFrom('Authorization', 'authorization', 'X-Blueprint-Tags', 'content-length', 'no name', '');
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          httpMethod: fc.constantFrom('GET', 'POST', 'HEAD', 'PATCH'),
          path: fc.string().map((path) => `/${path}`),
          multiValueQueryStringParameters: fc.option(fc.dictionary(fc.string(), fc.array(fc.string(), { maxLength: 2 }))),
          multiValueHeaders: fc.option(fc.dictionary(name, fc.array(value, { maxLength: 3 }))),
          body: fc.option(fc.string()),
          isBase64Encoded: fc.boolean(),
        }),
        async (change) => {
          const [own, global] = [lambdaEvent.requestOf(eventOf(change)), requestOf(eventOf(change))];
          expect([own.method, own.url]).toEqual([global.method, global.url]);
          // Lists of empty values differ by a blank at their end.
          for (const wanted of ['authorization', 'x-blueprint-tags', 'content-length', 'cookie'])
            expect(own.headers.get(wanted)?.trimEnd()).toBe(global.headers.get(wanted)?.trimEnd());
          const chunks: Uint8Array[] = [];
          for await (const chunk of own.body ?? []) chunks.push(chunk);
          expect(Buffer.concat(chunks)).toEqual(Buffer.from(await global.arrayBuffer()));
          expect(own.signal.aborted).toBe(false);
        },
      ),
    );
  });

  test('says who signed only where API Gateway verified it', () => {
    expect(bindingsOf(eventOf())).toEqual({});
    expect(bindingsOf(eventOf({ requestContext: { identity: { userArn: SESSION_ARN } } }))).toEqual({ iam: { userArn: SESSION_ARN } });
  });

  test('on /v1 with dots in its path does not reach the other door as anyone', async () => {
    const { stream, done } = run(createTestGateway(), eventOf({ httpMethod: 'GET', path: '/v1/../iam/v1/models', body: null }));
    await done;
    expect(stream.prelude).toMatchObject({ statusCode: 403 });
  });
});

describe('what follows an answer that is handed over whole', () => {
  function copying() {
    const prompts = new MemoryPrompts();
    const content = { messages: [{ role: 'user', template: 'Hello' }], variables: {}, model: { models: ['small-1'] } };
    const shadow = { name: 'copy', percent: 100, microUsdPerDay: 1_000_000 };
    prompts.release('greet', 1, content, { experiment: { id: 'try', arms: [{ name: 'today', weight: 1 }], shadow } });
    const accounts: Accounts = {
      reserve: () => Promise.reject(new GatewayError('insufficient_quota', 'Nothing is left.')),
      settle: () => Promise.resolve(),
    };
    return createTestGateway(hello, { prompts, accounts });
  }
  const event = eventOf({ path: '/v1/prompts/greet/completions', body: '{}' });
  const copies = ({ audit }: ReturnType<typeof copying>) => [...audit.intents.values()].filter(({ shadow_of }) => shadow_of !== undefined);

  test('a copy is made once the reader has taken the last of it, and the invocation waits for it', async () => {
    const gateway = copying();
    const stream = new ResponseStream();
    const { promise: reading, resolve: read } = Promise.withResolvers<void>();
    stream.onChunk = (next) => void reading.then(next);
    const { done } = run(gateway, event, stream);
    await until(() => gateway.audit.settlements.size === 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(copies(gateway)).toHaveLength(0);
    read();
    await done;
    expect(copies(gateway)).toHaveLength(1);
    expect(gateway.audit.settlements.size).toBe(2);
  });

  test('a reader that is gone does not keep the invocation waiting', async () => {
    const gateway = copying();
    const stream = new ResponseStream();
    stream.onChunk = () => stream.destroy(new Error('the reader is gone'));
    await run(gateway, event, stream).done.catch(() => undefined);
    expect(copies(gateway)).toHaveLength(1);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !holds(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(holds()).toBe(true);
}
