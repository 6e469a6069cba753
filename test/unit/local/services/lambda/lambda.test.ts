import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { LambdaFunction } from '../../../../../local/lambda/function';
import { LambdaService } from '../../../../../local/services/lambda';
import { ACCOUNT, Endpoints, type RawAnswer, rawCall, REGION, rolePrincipal } from '../../endpoint/harness';

const ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:echo`;
const MAY_INVOKE: PolicyDocument = { Statement: { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: ARN } };

const CODE = `
exports.handler = async (event, context) => {
  if (event.fail) throw new TypeError('as asked');
  if (event.exit) process.exit(1);
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.bytes) return 'x'.repeat(event.bytes);
  return event.nothing ? undefined : { event, name: context.functionName };
};`;

const endpoints = new Endpoints();
let endpoint: AwsEndpoint;
let folder: string;
let echo: LambdaFunction;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lambda-'));
  // Not what Lambda would see, and so without effect.
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  fs.mkdirSync(path.join(folder, 'asset'));
  fs.writeFileSync(path.join(folder, 'asset', 'index.js'), CODE);
  const functions = new Map<string, LambdaFunction>();
  endpoint = await endpoints.start([new LambdaService({ accountId: ACCOUNT, region: REGION, functions })]);
  echo = new LambdaFunction({
    name: 'echo',
    arn: ARN,
    principal: rolePrincipal('echo'),
    folder: path.join(folder, 'asset'),
    handler: 'index.handler',
    timeoutMs: 1500,
    memoryMb: 128,
    logGroupName: 'echo',
    variables: {},
    region: REGION,
    endpointUrl: endpoint.url,
    issueCredentials: () => endpoint.issueCredentials(rolePrincipal('echo')),
    revokeCredentials: (accessKeyId) => endpoint.revoke(accessKeyId),
    onLine: () => undefined,
    onCrash: () => undefined,
  });
  functions.set(ARN, echo);
});
afterAll(async () => {
  await echo.stop();
  await endpoints.closeAll();
  fs.rmSync(folder, { recursive: true });
});

interface Call {
  readonly name?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly query?: string;
  readonly method?: string;
  readonly policies?: PolicyDocument[];
}

function invoke({ name = 'echo', body = '{}', headers, query = '', method = 'POST', policies = [MAY_INVOKE] }: Call): Promise<RawAnswer> {
  const credentials = endpoint.issueCredentials(rolePrincipal('caller', ...policies));
  const target = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations${query}`;
  return rawCall(endpoint, credentials, { protocol: 'HTTP/1.1', service: 'lambda', method, path: target, body, headers });
}

test.each(['echo', ARN, `${ACCOUNT}:function:echo`])('%s answers', async (name) => {
  const answer = await invoke({ name, body: '{"a":1}' });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-executed-version': '$LATEST' } });
  expect(answer.headers).not.toHaveProperty('x-amz-function-error');
  expect(JSON.parse(answer.body)).toEqual({ event: { a: 1 }, name: 'echo' });
});

test('no body is an empty event; nothing returned is null', async () => {
  expect(JSON.parse((await invoke({ body: '' })).body)).toMatchObject({ event: {} });
  expect((await invoke({ body: '{"nothing":true}' })).body).toBe('null');
});

test.each([
  ['throws', '{"fail":true}', { errorType: 'TypeError', errorMessage: 'as asked', trace: expect.any(Array) }],
  ['exits', '{"exit":true}', { errorType: 'Runtime.ExitError', errorMessage: expect.any(String) }],
  ['hangs', '{"hang":true}', { errorType: 'Runtime.ExitError', errorMessage: 'Task timed out after 1.50 seconds' }],
  [
    'answers too much',
    '{"bytes":7000000}',
    { errorType: 'Function.ResponseSizeTooLarge', errorMessage: expect.stringContaining('6291556') },
  ],
])('a function that %s: 200 with the error, and a header that says so', async (_, body, error) => {
  const answer = await invoke({ body });
  expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-function-error': 'Unhandled' } });
  expect(JSON.parse(answer.body)).toMatchObject(error);
});

test('without lambda:InvokeFunction it is refused, and the function does not run', async () => {
  const answer = await invoke({ policies: [] });
  expect(answer).toMatchObject({ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' } });
  expect(JSON.parse(answer.body).Message).toContain(`lambda:InvokeFunction on resource: ${ARN}`);
});

test.each<[string, Call, number, string]>([
  [
    'another function',
    { name: 'other', policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }] },
    404,
    'ResourceNotFoundException',
  ],
  ['an event that is no JSON', { body: '{' }, 400, 'InvalidRequestContentException'],
  ['too large an event', { body: `"${'x'.repeat(6 * 1024 * 1024)}"` }, 413, 'RequestTooLargeException'],
  ['an asynchronous call', { headers: { 'x-amz-invocation-type': 'Event' } }, 400, 'InvalidParameterValueException'],
  ['the tail of the log', { headers: { 'x-amz-log-type': 'Tail' } }, 400, 'InvalidParameterValueException'],
  ['a version', { query: '?Qualifier=3' }, 400, 'InvalidParameterValueException'],
  ['another operation', { method: 'GET', body: '' }, 404, 'UnknownOperationException'],
])('refuses %s', async (_, call, status, type) => {
  const answer = await invoke(call);
  expect(answer).toMatchObject({ status, headers: { 'x-amzn-errortype': type } });
  expect(JSON.parse(answer.body).Message).not.toBe('');
});
