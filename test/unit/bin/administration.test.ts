import type { ServerResponse } from 'node:http';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { toRoleItem } from '../../../lambdas/core/roles';
import { aroundEachTest, callerArn, localFolder, run } from './support';

/** What stands between a command and the administration: who asks, where, and what comes back. */

const at = aroundEachTest();

const create = ['keys', 'create', '--tenant', 'acme', '--name', 'ci'];

const answers = (status: number, body: unknown) => (_request: unknown, response: ServerResponse) =>
  void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));

test('a request is signed for the region of the gateway by whoever runs the command', async () => {
  const seen: string[] = [];
  at.aws.gateway = (request, response) => {
    seen.push(
      /Credential=(\w+)\/\d+\/([\w-]+)\/([\w-]+)\//
        .exec(request.headers.authorization ?? '')
        ?.slice(1)
        .join(' ') ?? '',
    );
    response.end('{"keys":[]}');
  };
  await run(['keys', 'list']);
  await run(['keys', 'list', '--url', at.aws.url, '--region', 'eu-west-1']);
  await run(['keys', 'list', '--local'], { cwd: at.local.cwd });
  expect(seen).toEqual(['caller us-east-1 execute-api', 'caller eu-west-1 execute-api', 'local us-east-1 execute-api']);
});

test.each<[string, readonly string[]]>([
  ['keys.create', create],
  ['tenants.set', ['tenants', 'set', 'acme', '--suspended', 'yes']],
  ['tenants.limit', ['limits', 'set', '--tenant', 'acme', '--concurrency', '3']],
  ['teams.set', ['teams', 'set', 'acme/search']],
  ['roles.register', ['roles', 'register', '--role-arn', 'arn:aws:iam::111122223333:role/x', '--tenant', 'acme', '--name', 'x']],
])('%s is recorded with the caller', async (act, args) => {
  expect((await run(args)).code).toBe(0);
  expect(at.aws.acts).toEqual([expect.objectContaining({ act, by: callerArn('caller') })]);
});

test('a role that calls models is told why it may not, and which identity may', async () => {
  const roleArn = 'arn:aws:iam::111122223333:role/administrator';
  await at.aws.client.send(
    new PutItemCommand({ TableName: at.aws.table, Item: toRoleItem({ roleArn, tenant: 'acme', name: 'x', createdAt: 1 }) }),
  );
  const { code, stdout, stderr } = await run(create);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`Role ${roleArn} is registered to call models for tenant acme; such a role may not administer.`);
  expect(stderr).toContain('for AWS identities that Administration.grantAdminister lets in');
  expect(at.aws.acts).toEqual([]);
});

describe('an answer that is none of the administration: exit 1, what to change, no stack', () => {
  const error = (code: string, message: string) => ({ error: { code, message, trace_id: 'abc' } });

  test.each<[number, unknown, string]>([
    [403, error('access_denied', 'This AWS identity may not invoke the gateway.'), 'Administration is for AWS identities that'],
    [404, error('route_not_found', 'There is no route.'), "There is no route. Add an Administration to the gateway's stack"],
    [503, error('store_unavailable', 'Not now.'), 'Not now. Trace id: abc.\n'],
    [409, error('registry_refused', 'Changed by somebody else.'), 'Changed by somebody else.\n'],
    [502, '<html>', '/iam/v1/admin answered 502, and not as the API of a gateway does: check the address.'],
    [200, '<html>', 'answered with what this version of blueprint does not read'],
    [200, { key: 'sk-x' }, 'Run the version that is deployed.'],
  ])('%d %j', async (status, body, message) => {
    at.aws.gateway = answers(status, body);
    const { code, stdout, stderr } = await run(create);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ {4}at |defect/m);
  });

  test('what changes something is asked once, though the connection breaks', async () => {
    let asked = 0;
    at.aws.gateway = (request) => {
      asked += 1;
      request.socket.destroy();
    };
    const { code, stderr } = await run(create);
    expect([code, asked]).toEqual([1, 1]);
    expect(stderr).toMatch(
      /^There was no answer from http:\/\/127\.0\.0\.1:\d+\/iam\/v1\/admin \(UND_ERR_SOCKET\). What was asked may be done: look/,
    );
  });

  test('nothing is there', async () => {
    at.aws.parameters.set('/ai-native-blueprint/dev/gateway-url', 'http://127.0.0.1:65535/live');
    expect((await run(create)).stderr).toBe(
      'Nothing answers at http://127.0.0.1:65535/live/iam/v1/admin (ECONNREFUSED): check the network, --env and --region.\n',
    );
    expect((await run([...create, '--url', 'http://127.0.0.1:65535', '--region', 'us-east-1'])).stderr).toContain(
      'check --url and the network.',
    );
  });
});

test('the emulator runs what no config describes: names of models are left to the gateway', async () => {
  const endpoint = { url: at.aws.url, gatewayUrl: at.aws.url, region: 'us-east-1', environment: 'local', pid: 1 };
  const keys = { accessKeyId: 'local', secretAccessKey: 'x', sessionToken: 'x' };
  const other = localFolder(at.aws.url, JSON.stringify({ ...endpoint, ...keys }));
  expect((await run([...create, '--models', 'house-model', '--local'], { cwd: other.cwd })).stdout).toContain('for tenant acme in local;');
  other.remove();
});
