import type { AwsEndpoint } from '../../../../../local/endpoint';
import { StsService } from '../../../../../local/services/sts';
import { ACCOUNT, authorizationFor, Endpoints, type RawCall, rawCall, rolePrincipal } from '../../endpoint/harness';

const endpoints = new Endpoints();
let endpoint: AwsEndpoint;

beforeAll(async () => {
  endpoint = await endpoints.start([new StsService()]);
});
afterAll(() => endpoints.closeAll());

const query = (body: string): RawCall => ({
  protocol: 'HTTP/1.1',
  service: 'sts',
  body,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});

it('tells a role without any permission who it is', async () => {
  const credentials = endpoint.issueCredentials(rolePrincipal('nobody'));
  const answer = await rawCall(endpoint, credentials, query('Action=GetCallerIdentity&Version=2011-06-15'));
  expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/xml' } });
  expect(answer.body).toContain(`<Arn>arn:aws:sts::${ACCOUNT}:assumed-role/nobody/session</Arn>`);
  expect(answer.body).toMatch(/<UserId>AROA[0-9A-F]{17}:session<\/UserId>/);
  expect(answer.body).toContain(`<Account>${ACCOUNT}</Account>`);
});

it('names an action that is not emulated', async () => {
  const credentials = endpoint.issueCredentials(rolePrincipal('nobody'));
  const answer = await rawCall(endpoint, credentials, query('Action=AssumeRole&Version=2011-06-15'));
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('<Code>InvalidAction</Code><Message>The local emulator does not emulate AssumeRole of STS.</Message>');
});

it('calls an unknown key by its own name', async () => {
  const { headers, ...call } = query('Action=GetCallerIdentity');
  const answer = await rawCall(endpoint, undefined, {
    ...call,
    headers: { ...headers, authorization: authorizationFor('ASIANOBODY', 'sts') },
  });
  expect(answer.status).toBe(403);
  expect(answer.body).toContain('<Code>InvalidClientTokenId</Code>');
});

it.each([
  ['throttled', 400, 'Throttling', 'Sender'],
  ['unavailable', 503, 'ServiceUnavailable', 'Receiver'],
] as const)('answers an injected %s in XML', async (kind, status, code, type) => {
  endpoint.faults.add({ service: 'sts', kind, times: 1 });
  const answer = await rawCall(endpoint, endpoint.issueCredentials(rolePrincipal('nobody')), query('Action=GetCallerIdentity'));
  expect(answer.status).toBe(status);
  expect(answer.body).toContain(`<Type>${type}</Type><Code>${code}</Code>`);
});
