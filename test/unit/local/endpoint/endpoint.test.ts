import { once } from 'node:events';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsEndpoint, Credentials } from '../../../../local/endpoint';
import type { WireRequest } from '../../../../local/service';
import { ServiceError } from '../../../../local/service';
import { ALLOW_ALL, authorizationFor, Endpoints, PROTOCOLS, rawCall, REGION, rolePrincipal, streamed, TestService, text } from './harness';

const endpoints = new Endpoints();
const principal = rolePrincipal('worker', ALLOW_ALL);
let seen: WireRequest[] = [];
let failures: { error: unknown; call: string }[] = [];

const service = new TestService({
  Echo: (request) => {
    seen.push(request);
    return text(request.body.toString('utf8'));
  },
  Count: () => streamed(countToTen()),
  NotFound: () => {
    throw new ServiceError('ResourceNotFoundException', 'no such thing', 404, { thing: 'x' });
  },
  Break: () => {
    throw new TypeError('a bug in a service');
  },
  BreakMidStream: () => streamed(breakAfterOne()),
  Hop: () => ({ status: 200, headers: { Connection: 'keep-alive', 'Transfer-Encoding': 'chunked', 'X-Own': 'kept' }, body: 'ok' }),
});

async function* countToTen(): AsyncGenerator<Uint8Array> {
  for (let count = 1; count <= 10; count += 1) yield Buffer.from(`${count};`);
}

async function* breakAfterOne(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first;');
  throw new Error('a stream that fails');
}

let endpoint: AwsEndpoint;
let credentials: Credentials;

beforeAll(async () => {
  endpoint = await endpoints.start([service], { onError: (error, call) => failures.push({ error, call }) });
  credentials = endpoint.issueCredentials(principal);
});
beforeEach(() => {
  seen = [];
  failures = [];
});
afterAll(() => endpoints.closeAll());

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('gives the service the request as sent, with its caller', async () => {
    const answer = await rawCall(endpoint, credentials, {
      protocol,
      path: '/Echo?a=1&b=%2F',
      method: 'PUT',
      body: 'héllo',
      headers: { 'X-Custom': 'Value' },
    });
    expect(answer).toMatchObject({ status: 200, body: 'héllo', complete: true });
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    const request = seen[0];
    expect(request).toMatchObject({ signingName: 'test', region: REGION, method: 'PUT', path: '/Echo', principal });
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ a: '1', b: '/' });
    expect(request?.headers['x-custom']).toBe('Value');
    expect(request?.headers.host).toBe(endpoint.url.slice('http://'.length));
    expect(Object.keys(request?.headers ?? {}).filter((name) => name !== name.toLowerCase() || name.startsWith(':'))).toEqual([]);
  });

  it('streams an answer to its end', async () => {
    expect(await rawCall(endpoint, credentials, { protocol, path: '/Count' })).toMatchObject({
      body: '1;2;3;4;5;6;7;8;9;10;',
      complete: true,
    });
  });

  it('drops headers that belong to one connection', async () => {
    const answer = await rawCall(endpoint, credentials, { protocol, path: '/Hop' });
    expect(answer).toMatchObject({ status: 200, body: 'ok', complete: true, headers: { 'x-own': 'kept' } });
  });

  it('answers with a service error in the service’s own shape', async () => {
    const answer = await rawCall(endpoint, credentials, { protocol, path: '/NotFound' });
    expect(answer).toMatchObject({ status: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' } });
    expect(JSON.parse(answer.body)).toEqual({ message: 'no such thing', thing: 'x' });
    expect(failures).toEqual([]);
  });

  it('turns an unexpected exception into "unavailable" without its detail, and reports it', async () => {
    const answer = await rawCall(endpoint, credentials, { protocol, path: '/Break' });
    expect(answer).toMatchObject({ status: 503, headers: { 'x-amzn-errortype': 'test-unavailable' } });
    expect(answer.body).not.toContain('a bug');
    expect(failures).toEqual([{ error: expect.objectContaining({ message: 'a bug in a service' }), call: 'test POST /Break' }]);
  });

  it('never ends a failed stream cleanly', async () => {
    const answer = await rawCall(endpoint, credentials, { protocol, path: '/BreakMidStream' });
    expect(answer).toMatchObject({ status: 200, complete: false });
    expect(failures).toHaveLength(1);
  });

  it('takes a body of 10 MB, and refuses a longer one', async () => {
    const limit = 10 * 1024 * 1024;
    const whole = await rawCall(endpoint, credentials, { protocol, path: '/Echo', body: Buffer.alloc(limit, 'a') });
    expect(whole.status).toBe(200);
    expect(whole.body.length).toBe(limit);
    seen = [];
    const refused = await rawCall(endpoint, credentials, { protocol, path: '/Echo', body: Buffer.alloc(limit + 1, 'a') });
    expect(refused).toMatchObject({ status: 413, headers: { 'x-amzn-errortype': 'RequestEntityTooLargeException' } });
    expect(seen).toEqual([]);
  });

  it('keeps concurrent calls apart', async () => {
    const bodies = Array.from({ length: 50 }, (_, index) => `call ${index}`);
    const answers = await Promise.all(bodies.map((body) => rawCall(endpoint, credentials, { protocol, path: '/Echo', body })));
    expect(answers.map((answer) => answer.body)).toEqual(bodies);
  });

  it('aborts the service’s signal when the caller leaves before the answer', async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const waiting = new TestService({
      Wait: async ({ signal }) => {
        started.resolve();
        await once(signal, 'abort');
        aborted.resolve();
        throw signal.reason;
      },
    });
    const own = await endpoints.start([waiting], { onError: (error, call) => failures.push({ error, call }) });
    const caller = new AbortController();
    const call = rawCall(own, own.issueCredentials(principal), { protocol, path: '/Wait', signal: caller.signal });
    const [left] = await Promise.all([call.catch((thrown: unknown) => thrown), started.promise.then(() => caller.abort())]);
    // How the failure is called is the client's business.
    expect(left).toHaveProperty('message');
    await aborted.promise;
    // What the service throws once it is aborted reaches the endpoint a few turns later.
    await sleep(20);
    expect(failures).toEqual([]);
  });

  it('aborts the service’s signal when the caller leaves in the middle of a stream', async () => {
    const aborted = Promise.withResolvers<void>();
    const endless = new TestService({
      Endless: ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        return streamed(
          (async function* () {
            yield Buffer.from('first');
            await once(signal, 'abort');
            throw signal.reason;
          })(),
        );
      },
    });
    const own = await endpoints.start([endless], { onError: (error, call) => failures.push({ error, call }) });
    const caller = new AbortController();
    const answer = await rawCall(own, own.issueCredentials(principal), {
      protocol,
      path: '/Endless',
      signal: caller.signal,
      onData: () => caller.abort(),
    });
    expect(answer).toMatchObject({ body: 'first', complete: false });
    await aborted.promise;
    // What the service throws once it is aborted reaches the endpoint a few turns later.
    await sleep(20);
    expect(failures).toEqual([]);
  });

  it('does not abort the signal of a call that was answered', async () => {
    await rawCall(endpoint, credentials, { protocol, path: '/Echo' });
    await sleep(20);
    expect(seen[0]?.signal.aborted).toBe(false);
  });

  it('produces no faster than the caller reads', async () => {
    const chunks = 600;
    let produced = 0;
    const flood = new TestService({
      Flood: () =>
        streamed(
          (async function* () {
            for (; produced < chunks; produced += 1) yield Buffer.alloc(64 * 1024);
          })(),
        ),
    });
    const own = await endpoints.start([flood]);
    const credentialsOfOwn = own.issueCredentials(principal);
    let producedAtFirstPiece = 0;
    let received = 0;
    const answer = await rawCall(own, credentialsOfOwn, {
      protocol,
      path: '/Flood',
      onData: (chunk) => {
        if (received === 0) producedAtFirstPiece = produced;
        received += chunk.length;
      },
    });
    expect(answer.complete).toBe(true);
    expect(received).toBe(chunks * 64 * 1024);
    // An endpoint that does not wait produces all of it before the caller, in the same thread, reads its first piece.
    expect(producedAtFirstPiece).toBeLessThan(chunks / 2);
  });
});

describe('protocol detection', () => {
  it.each([
    ['first byte as in the preface', ['P', 'OST /Echo HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'], 'HTTP/1.1 403'],
    ['a method that begins as the preface does', ['PRI', 'NT / HTTP/1.1\r\nhost: x\r\n\r\n'], 'HTTP/1.1 400'],
  ])('takes for HTTP/1.1 what comes in pieces: %s', async (_, pieces, expected) => {
    const socket = net.connect(Number(new URL(endpoint.url).port), '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(5);
    }
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString('latin1')).toContain(expected);
    socket.destroy();
  });

  it('recognises an HTTP/2 preface that comes in pieces', async () => {
    const socket = net.connect(Number(new URL(endpoint.url).port), '127.0.0.1');
    socket.setNoDelay(true);
    await once(socket, 'connect');
    for (const piece of ['P', 'RI * HT', 'TP/2.0\r\n\r\nSM', '\r\n\r\n']) {
      socket.write(piece);
      await sleep(5);
    }
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const [data] = (await once(socket, 'data')) as [Buffer];
    // A frame's fourth byte is its type; 4 is SETTINGS.
    expect(data[3]).toBe(4);
    socket.destroy();
  });
});

describe('callers', () => {
  const errorOf = (answer: { body: string }): { __type?: string; message: string } => JSON.parse(answer.body);

  it('refuses a call without a signature', async () => {
    const answer = await rawCall(endpoint, undefined, { protocol: 'HTTP/1.1', path: '/Echo' });
    expect(answer).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' } });
    expect(seen).toEqual([]);
  });

  it.each(['Bearer abc', 'AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1, Signature=00', ''])(
    'refuses a malformed signature: %j',
    async (authorization) => {
      const answer = await rawCall(endpoint, undefined, { protocol: 'HTTP/1.1', path: '/Echo', headers: { authorization } });
      expect(answer).toMatchObject({ status: 400, headers: { 'x-amzn-errortype': 'IncompleteSignatureException' } });
    },
  );

  it('refuses an unknown key with the service’s own error', async () => {
    const headers = { authorization: authorizationFor('ASIAUNKNOWN', 'test') };
    const answer = await rawCall(endpoint, undefined, { protocol: 'HTTP/1.1', path: '/Echo', headers });
    expect(answer).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'UnrecognizedClientException' } });
  });

  it('refuses a key without its session token, or with another’s', async () => {
    const headers = { authorization: authorizationFor(credentials.accessKeyId, 'test') };
    expect(await rawCall(endpoint, undefined, { protocol: 'HTTP/1.1', path: '/Echo', headers })).toMatchObject({ status: 403 });
    const other = { ...headers, 'x-amz-security-token': endpoint.issueCredentials(principal).sessionToken };
    expect(await rawCall(endpoint, undefined, { protocol: 'HTTP/1.1', path: '/Echo', headers: other })).toMatchObject({ status: 403 });
  });

  it('refuses a revoked key', async () => {
    const short = endpoint.issueCredentials(principal);
    expect(await rawCall(endpoint, short, { protocol: 'HTTP/1.1', path: '/Echo' })).toMatchObject({ status: 200 });
    endpoint.revoke(short.accessKeyId);
    expect(await rawCall(endpoint, short, { protocol: 'HTTP/1.1', path: '/Echo' })).toMatchObject({ status: 403 });
    expect(endpoint.principalOf(short.accessKeyId)).toBeUndefined();
    expect(endpoint.secretOf(short.accessKeyId)).toBeUndefined();
  });

  it('names a service that is not emulated', async () => {
    const answer = await rawCall(endpoint, credentials, { protocol: 'HTTP/1.1', service: 'polly' });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toEqual({
      __type: 'ServiceNotEmulatedException',
      message: 'The service "polly" is not emulated locally. Emulated: test.',
    });
  });

  it('names it in XML to a caller of the query protocol', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const answer = await rawCall(endpoint, credentials, { protocol: 'HTTP/1.1', service: 'sns', headers });
    expect(answer.body).toContain('<Code>ServiceNotEmulatedException</Code>');
    expect(answer.body).toContain('"sns" is not emulated');
  });

  it('issues credentials that tell callers apart', async () => {
    const other = rolePrincipal('other', ALLOW_ALL);
    const otherCredentials = endpoint.issueCredentials(other);
    expect(otherCredentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(otherCredentials.secretAccessKey).toHaveLength(40);
    expect(endpoint.secretOf(otherCredentials.accessKeyId)).toBe(otherCredentials.secretAccessKey);
    expect(endpoint.principalOf(otherCredentials.accessKeyId)).toBe(other);
    await rawCall(endpoint, otherCredentials, { protocol: 'HTTP/2', path: '/Echo' });
    expect(seen[0]?.principal).toBe(other);
  });
});

describe('permissions', () => {
  it('denies what the role does not allow, tells listeners, and does not run', async () => {
    const guarded = new TestService({ Echo: () => text('ran') });
    const own = await endpoints.start([guarded]);
    const poor = rolePrincipal('poor', { Statement: { Effect: 'Allow', Action: 'test:Other', Resource: '*' } });
    const denials: unknown[] = [];
    const stopListening = own.onDenied((denial) => denials.push(denial));
    const answer = await rawCall(own, own.issueCredentials(poor), { protocol: 'HTTP/1.1', path: '/Echo' });
    const reason =
      `User: ${poor.sessionArn} is not authorized to perform: test:Echo on resource: arn:aws:test:eu-west-1:111122223333:thing/Echo ` +
      'because no identity-based policy allows the test:Echo action';
    expect(answer).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'test-access-denied' } });
    expect(JSON.parse(answer.body)).toEqual({ message: reason });
    const resource = 'arn:aws:test:eu-west-1:111122223333:thing/Echo';
    expect(denials).toEqual([{ principal: poor, service: 'test', operation: 'Echo', action: 'test:Echo', resource, reason }]);
    expect(guarded.ran).toBe(0);
    stopListening();
    await rawCall(own, own.issueCredentials(poor), { protocol: 'HTTP/1.1', path: '/Echo' });
    expect(denials).toHaveLength(1);
  });

  it('fails closed when the decision itself fails', async () => {
    const guarded = new TestService({ Echo: () => text('ran') });
    const own = await endpoints.start([guarded], {
      authorize: () => {
        throw new Error('no decision');
      },
      onError: (error, call) => failures.push({ error, call }),
    });
    expect(await rawCall(own, own.issueCredentials(principal), { protocol: 'HTTP/1.1', path: '/Echo' })).toMatchObject({ status: 503 });
    expect(guarded.ran).toBe(0);
    expect(failures).toHaveLength(1);
  });
});

describe('the endpoint itself', () => {
  it('refuses two services of one signing name', () => {
    expect(() => endpoint.addService(new TestService({}))).toThrow('"test" is already on this endpoint');
  });

  it('serves a service added later', async () => {
    const own = await endpoints.start([]);
    own.addService(new TestService({ Echo: () => text('later') }, 'later'));
    const answer = await rawCall(own, own.issueCredentials(principal), { protocol: 'HTTP/1.1', service: 'later', path: '/Echo' });
    expect(answer.body).toBe('later');
  });

  it('says so when its port is in use', async () => {
    const port = Number(new URL(endpoint.url).port);
    await expect(endpoints.start([], { port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (EADDRINUSE). Choose another port`);
  });

  it.each(PROTOCOLS)('ends open streams over %s when it closes, and frees its port', async (protocol) => {
    const endless = new TestService({
      Endless: ({ signal }) =>
        streamed(
          (async function* () {
            yield Buffer.from('first');
            await once(signal, 'abort');
          })(),
        ),
    });
    const own = await endpoints.start([endless]);
    const port = Number(new URL(own.url).port);
    const flowing = Promise.withResolvers<void>();
    const call = rawCall(own, own.issueCredentials(principal), { protocol, path: '/Endless', onData: () => flowing.resolve() });
    await flowing.promise;
    await own.close();
    expect(await call).toMatchObject({ body: 'first', complete: false });
    expect((await endpoints.start([], { port })).url).toBe(`http://127.0.0.1:${port}`);
  });
});
