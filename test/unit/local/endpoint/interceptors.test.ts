import type { AwsEndpoint, Credentials, InterceptedCall } from '../../../../local/endpoint';
import { ServiceError } from '../../../../local/service';
import { ALLOW_ALL, Endpoints, PROTOCOLS, rawCall, rolePrincipal, TestService, text } from './harness';

const endpoints = new Endpoints();
const principal = rolePrincipal('worker', ALLOW_ALL);
let service: TestService;
let endpoint: AwsEndpoint;
let credentials: Credentials;
let failures: unknown[];

beforeEach(async () => {
  failures = [];
  service = new TestService({
    Echo: () => text('echo'),
    Fail: () => {
      throw new ServiceError('Conflict', 'no', 409);
    },
  });
  endpoint = await endpoints.start([service], { onError: (error) => failures.push(error) });
  credentials = endpoint.issueCredentials(principal);
});
afterEach(() => endpoints.closeAll());

describe.each(PROTOCOLS)('over %s', (protocol) => {
  const call = (path = '/Echo') => rawCall(endpoint, credentials, { protocol, path });

  it('shows each call before and after it runs', async () => {
    const seen: (InterceptedCall & { ran: number })[] = [];
    const remove = endpoint.intercept((intercepted) => {
      seen.push({ ...intercepted, ran: service.ran });
    });
    expect(await call()).toMatchObject({ status: 200, body: 'echo' });
    const shown = { accessKeyId: credentials.accessKeyId, principal, service: 'test', operation: 'Echo' };
    expect(seen).toEqual([
      { ...shown, phase: 'before', ran: 0 },
      { ...shown, phase: 'after', ran: 1 },
    ]);
    remove();
    await call();
    expect(seen).toHaveLength(2);
  });

  it('drops before: the operation never ran', async () => {
    endpoint.intercept(({ phase }) => (phase === 'before' ? 'drop' : undefined));
    await expect(call()).rejects.toThrow();
    expect(service.ran).toBe(0);
  });

  it('drops after: the operation ran, and its caller never knew', async () => {
    endpoint.intercept(async ({ phase }) => (phase === 'after' ? 'drop' : undefined));
    await expect(call()).rejects.toThrow();
    expect(service.ran).toBe(1);
  });

  it('shows and drops an operation that ended in the service’s error', async () => {
    const phases: string[] = [];
    const remove = endpoint.intercept(({ phase }) => void phases.push(phase));
    expect(await call('/Fail')).toMatchObject({ status: 409 });
    expect(phases).toEqual(['before', 'after']);
    remove();
    endpoint.intercept(({ phase }) => (phase === 'after' ? 'drop' : undefined));
    await expect(call('/Fail')).rejects.toThrow();
  });

  it('can drop the n-th call of one caller and leave others alone', async () => {
    let calls = 0;
    endpoint.intercept(({ accessKeyId, phase }) => {
      if (phase !== 'before' || accessKeyId !== credentials.accessKeyId) return;
      calls += 1;
      return calls === 2 ? 'drop' : undefined;
    });
    const other = endpoint.issueCredentials(principal);
    await call();
    expect(await rawCall(endpoint, other, { protocol, path: '/Echo' })).toMatchObject({ status: 200 });
    await expect(call()).rejects.toThrow();
    expect(await rawCall(endpoint, other, { protocol, path: '/Echo' })).toMatchObject({ status: 200 });
    expect(await call()).toMatchObject({ status: 200 });
  });

  it('answers "unavailable" when an interceptor throws, and reports it', async () => {
    endpoint.intercept(() => {
      throw new Error('an interceptor with a bug');
    });
    expect(await call()).toMatchObject({ status: 503 });
    expect(service.ran).toBe(0);
    expect(failures).toEqual([expect.objectContaining({ message: 'an interceptor with a bug' })]);
  });

  it('does not show calls that are denied or faulted', async () => {
    const seen: unknown[] = [];
    endpoint.intercept((intercepted) => void seen.push(intercepted));
    endpoint.faults.add({ service: 'test', kind: 'throttled', times: 1 });
    expect(await call()).toMatchObject({ status: 429 });
    const poor = endpoint.issueCredentials(rolePrincipal('poor'));
    expect(await rawCall(endpoint, poor, { protocol, path: '/Echo' })).toMatchObject({ status: 403 });
    expect(seen).toEqual([]);
  });
});
