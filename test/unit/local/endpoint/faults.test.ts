import type { AwsEndpoint, Credentials } from '../../../../local/endpoint';
import { type FaultRule, Faults } from '../../../../local/faults';
import { ALLOW_ALL, Endpoints, PROTOCOLS, rawCall, rolePrincipal, streamed, TestService, text } from './harness';

const endpoints = new Endpoints();
const service = new TestService({ Echo: () => text('0123456789'), Other: () => text('other'), Count: () => streamed(count()) });
let endpoint: AwsEndpoint;
let credentials: Credentials;

/** Five chunks of two bytes. */
async function* count(): AsyncGenerator<Uint8Array> {
  for (let index = 1; index <= 5; index += 1) yield Buffer.from(`${index};`);
}

beforeAll(async () => {
  endpoint = await endpoints.start([service, new TestService({ Echo: () => text('second') }, 'second')]);
  credentials = endpoint.issueCredentials(rolePrincipal('worker', ALLOW_ALL));
});
afterAll(() => endpoints.closeAll());

describe.each(PROTOCOLS)('over %s', (protocol) => {
  const call = (path: string, service?: string) => rawCall(endpoint, credentials, { protocol, path, service });

  it.each([
    ['throttled', 429],
    ['unavailable', 503],
  ] as const)('answers %s as the service does, so many times, without running', async (kind, status) => {
    endpoint.faults.add({ service: 'test', kind, times: 2 });
    const ranBefore = service.ran;
    expect(await call('/Echo')).toMatchObject({ status, headers: { 'x-amzn-errortype': `test-${kind}` } });
    expect(await call('/Other')).toMatchObject({ status });
    expect(service.ran).toBe(ranBefore);
    expect(await call('/Echo')).toMatchObject({ status: 200, body: '0123456789' });
  });

  it('strikes the named operation of the named service only, until removed', async () => {
    const remove = endpoint.faults.add({ service: 'test', operation: 'Echo', kind: 'throttled' });
    for (let round = 0; round < 3; round += 1) expect(await call('/Echo')).toMatchObject({ status: 429 });
    expect(await call('/Other')).toMatchObject({ status: 200 });
    expect(await call('/Echo', 'second')).toMatchObject({ status: 200, body: 'second' });
    remove();
    expect(await call('/Echo')).toMatchObject({ status: 200 });
  });

  it('delays, and then runs', async () => {
    endpoint.faults.add({ service: 'test', operation: 'Echo', kind: 'latency', delayMs: 60, times: 1 });
    const order: string[] = [];
    await Promise.all([call('/Echo').then(() => order.push('delayed')), call('/Other').then(() => order.push('prompt'))]);
    expect(order).toEqual(['prompt', 'delayed']);
    expect(await call('/Echo')).toMatchObject({ status: 200 });
  });

  it('refuses: no answer at all, and the operation does not run', async () => {
    endpoint.faults.add({ service: 'test', kind: 'refuse', times: 1 });
    const ranBefore = service.ran;
    await expect(call('/Echo')).rejects.toThrow();
    expect(service.ran).toBe(ranBefore);
    expect(await call('/Echo')).toMatchObject({ status: 200 });
  });

  it.each([
    [{ afterChunks: 0 }, ''],
    [{ afterChunks: 3 }, '1;2;3;'],
    [{}, '1;'],
    [{ afterBytes: 5 }, '1;2;3'],
    [{ afterBytes: 0 }, ''],
    [{ afterChunks: 99 }, '1;2;3;4;5;'],
  ])('cuts a stream %j and never ends it cleanly', async (where, received) => {
    endpoint.faults.add({ service: 'test', operation: 'Count', kind: 'cut', ...where, times: 1 });
    const answer = await call('/Count');
    expect(answer).toMatchObject({ status: 200, complete: false, body: received });
    expect(await call('/Count')).toMatchObject({ complete: true, body: '1;2;3;4;5;' });
  });

  it.each([
    [{}, '01234'],
    [{ afterBytes: 3 }, '012'],
  ])('cuts a plain answer %j', async (where, received) => {
    endpoint.faults.add({ service: 'test', operation: 'Echo', kind: 'cut', ...where, times: 1 });
    expect(await call('/Echo')).toMatchObject({ status: 200, complete: false, body: received });
  });
});

describe('rules', () => {
  it('adds delays up and lets the first failure win, leaving the second for the next call', () => {
    const faults = new Faults();
    faults.add({ service: 's', kind: 'latency', delayMs: 5, times: 1 });
    faults.add({ service: 's', kind: 'throttled', times: 1 });
    faults.add({ service: 's', kind: 'latency', delayMs: 7 });
    faults.add({ service: 's', kind: 'unavailable', times: 1 });
    expect(faults.take('s', 'Op')).toEqual({ delayMs: 12, failure: { kind: 'throttled' } });
    expect(faults.take('s', 'Op')).toEqual({ delayMs: 7, failure: { kind: 'unavailable' } });
    expect(faults.take('s', 'Op')).toEqual({ delayMs: 7 });
  });

  it.each([
    ['times', 'times must be an integer from 1', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ['delayMs', 'delayMs must be an integer from 0', [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 900_001]],
    ['afterBytes', 'afterBytes must be an integer from 0', [-1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['afterChunks', 'afterChunks must be an integer from 0', [-1, Number.NaN, Number.POSITIVE_INFINITY]],
  ])('refuses %s out of range', (name, message, values) => {
    for (const value of values) {
      const rule: FaultRule = {
        service: 's',
        kind: name.startsWith('after') ? 'cut' : 'latency',
        ...(name === 'times' && { delayMs: 1 }),
        [name]: value,
      };
      expect(() => new Faults().add(rule)).toThrow(message);
    }
  });

  it.each<[FaultRule, string]>([
    [{ service: 's', kind: 'latency' }, 'delayMs is missing'],
    [{ service: 's', kind: 'throttled', delayMs: 1 }, 'delayMs is for "latency" only'],
    [{ service: 's', kind: 'refuse', afterChunks: 1 }, 'are for "cut" only'],
    [{ service: 's', kind: 'cut', afterChunks: 1, afterBytes: 1 }, 'not both'],
  ])('refuses %j', (rule, message) => {
    expect(() => new Faults().add(rule)).toThrow(message);
  });

  it('holds at most 100', () => {
    const faults = new Faults();
    const removers = Array.from({ length: 100 }, () => faults.add({ service: 's', kind: 'refuse' }));
    expect(() => faults.add({ service: 's', kind: 'refuse' })).toThrow('100 faults are set');
    removers[0]?.();
    expect(() => faults.add({ service: 's', kind: 'refuse' })).not.toThrow();
  });
});
