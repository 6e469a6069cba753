import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { SsmService } from '../../../../../local/services/ssm';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

const endpoints = new Endpoints();
const clients: SSMClient[] = [];
let endpoint: AwsEndpoint;
let ssm: SsmService;

beforeAll(async () => {
  ssm = new SsmService({ accountId: ACCOUNT, region: REGION });
  endpoint = await endpoints.start([ssm]);
  ssm.putParameter('/platform/dev/url', 'https://x');
  ssm.putParameter('/platform/dev/deep/er', 'deep');
  ssm.putParameter('/platform/development', 'not below /platform/dev');
  ssm.putParameter('plain', 'no slash');
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await endpoints.closeAll();
});

function clientWith(...policies: PolicyDocument[]): SSMClient {
  const credentials = endpoint.issueCredentials(rolePrincipal('reader', ...policies));
  const client = new SSMClient({ region: REGION, endpoint: endpoint.url, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const arnOf = (name: string): string => `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`;
const allow = (action: string, resource: string): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action: action, Resource: resource },
});

describe('GetParameter', () => {
  it.each([
    ['/platform/dev/url', '/platform/dev/url', 'https://x'],
    [arnOf('/platform/dev/url'), '/platform/dev/url', 'https://x'],
    ['plain', 'plain', 'no slash'],
    [arnOf('/plain'), 'plain', 'no slash'],
  ])('gives %s', async (Name, name, Value) => {
    const { Parameter } = await clientWith(ALLOW_ALL).send(new GetParameterCommand({ Name, WithDecryption: true }));
    const ARN = arnOf(name.startsWith('/') ? name : `/${name}`);
    expect(Parameter).toEqual({ Name: name, Value, Type: 'String', Version: 1, DataType: 'text', ARN, LastModifiedDate: expect.any(Date) });
  });

  it('counts versions', async () => {
    ssm.putParameter('/versioned', 'one');
    ssm.putParameter('/versioned', 'two');
    const { Parameter } = await clientWith(ALLOW_ALL).send(new GetParameterCommand({ Name: '/versioned' }));
    expect(Parameter).toMatchObject({ Value: 'two', Version: 2 });
  });

  it('does not find what is not there', async () => {
    const error = await clientWith(ALLOW_ALL)
      .send(new GetParameterCommand({ Name: '/absent' }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParameterNotFound);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it('needs ssm:GetParameter on the parameter, also to learn that it is not there', async () => {
    const client = clientWith(allow('ssm:GetParameter', arnOf('/platform/dev/*')));
    expect(await client.send(new GetParameterCommand({ Name: '/platform/dev/url' }))).toMatchObject({ Parameter: { Value: 'https://x' } });
    await expect(client.send(new GetParameterCommand({ Name: '/absent' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`ssm:GetParameter on resource: ${arnOf('/absent')} because`),
    });
  });

  it.each(['/platform/dev/url:2', '/platform/dev/url:label', arnOf('/x').replace(ACCOUNT, '999999999999')])('refuses %s', async (Name) => {
    await expect(clientWith(ALLOW_ALL).send(new GetParameterCommand({ Name }))).rejects.toThrow(
      'does not emulate versions, labels or foreign ARNs',
    );
  });
});

describe('GetParameters', () => {
  it('gives those that are there and names the others', async () => {
    const answer = await clientWith(ALLOW_ALL).send(new GetParametersCommand({ Names: ['/absent', 'plain', '/platform/dev/url'] }));
    expect(answer.Parameters?.map((parameter) => parameter.Value)).toEqual(['no slash', 'https://x']);
    expect(answer.InvalidParameters).toEqual(['/absent']);
  });

  it('needs ssm:GetParameters on each', async () => {
    const client = clientWith(allow('ssm:GetParameters', arnOf('/plain')), allow('ssm:GetParameter', '*'));
    await client.send(new GetParametersCommand({ Names: ['plain'] }));
    const both = client.send(new GetParametersCommand({ Names: ['plain', '/platform/dev/url'] }));
    await expect(both).rejects.toThrow(`ssm:GetParameters on resource: ${arnOf('/platform/dev/url')}`);
  });

  it.each([[[]], [Array.from({ length: 11 }, (_, index) => `p${index}`)], [['same', 'same']]])('refuses the names %j', async (Names) => {
    await expect(clientWith(ALLOW_ALL).send(new GetParametersCommand({ Names }))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('GetParametersByPath', () => {
  const names = async (input: { Path: string; Recursive?: boolean }): Promise<(string | undefined)[] | undefined> =>
    (await clientWith(ALLOW_ALL).send(new GetParametersByPathCommand(input))).Parameters?.map((parameter) => parameter.Name);

  it('gives what is directly below the path, or all of it', async () => {
    expect(await names({ Path: '/platform/dev' })).toEqual(['/platform/dev/url']);
    expect(await names({ Path: '/platform/dev/', Recursive: true })).toEqual(['/platform/dev/deep/er', '/platform/dev/url']);
    expect(await names({ Path: '/nowhere' })).toEqual([]);
  });

  it('pages', async () => {
    for (let index = 0; index < 25; index += 1) ssm.putParameter(`/pages/${String(index).padStart(2, '0')}`, `${index}`);
    const client = clientWith(ALLOW_ALL);
    const pages: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetParametersByPathCommand({ Path: '/pages', NextToken }));
      pages.push(page.Parameters?.map((parameter) => parameter.Value) ?? []);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, index) => `${index}`));
  });

  it('needs ssm:GetParametersByPath on the path', async () => {
    const client = clientWith(allow('ssm:GetParametersByPath', arnOf('/platform/dev')));
    await client.send(new GetParametersByPathCommand({ Path: '/platform/dev' }));
    const other = client.send(new GetParametersByPathCommand({ Path: '/platform' }));
    await expect(other).rejects.toThrow(`ssm:GetParametersByPath on resource: ${arnOf('/platform')} because`);
  });

  it.each([
    [{ Path: 'no-slash' }, 'must begin with "/"'],
    [{ Path: '/a', MaxResults: 0 }, '"MaxResults" must be an integer from 1 to 10; received 0'],
    [{ Path: '/a', MaxResults: 11 }, 'received 11'],
    [{ Path: '/a', ParameterFilters: [{ Key: 'Type' }] }, 'does not emulate "ParameterFilters"'],
  ])('refuses %j', async (input, message) => {
    await expect(clientWith(ALLOW_ALL).send(new GetParametersByPathCommand(input))).rejects.toThrow(message);
  });
});

describe('the service', () => {
  it('names an operation that is not emulated', async () => {
    const put = clientWith(ALLOW_ALL).send(new PutParameterCommand({ Name: '/a', Value: 'b' }));
    await expect(put).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'The local emulator does not emulate PutParameter of SSM.',
    });
  });

  it.each([
    ['throttled', 'ThrottlingException', 400],
    ['unavailable', 'InternalServerError', 500],
  ] as const)('answers an injected %s', async (kind, name, httpStatusCode) => {
    endpoint.faults.add({ service: 'ssm', operation: 'GetParameter', kind, times: 1 });
    const call = clientWith(ALLOW_ALL).send(new GetParameterCommand({ Name: 'plain' }));
    await expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });
});
