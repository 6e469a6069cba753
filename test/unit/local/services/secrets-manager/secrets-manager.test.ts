import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createApiKeys, type ReadApiKey } from '../../../../../lambdas/core/secrets';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { SecretsManagerService } from '../../../../../local/services/secrets-manager';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

const endpoints = new Endpoints();
const secrets = new SecretsManagerService({ accountId: ACCOUNT, region: REGION });
const arn = secrets.putSecret('team/openai', 'sk-1');
const prefix = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:`;
let endpoint: AwsEndpoint;
beforeAll(async () => {
  endpoint = await endpoints.start([secrets]);
});
afterAll(() => endpoints.closeAll());

/** The gateway's own reader: the service has to speak as the real one does. */
function readerWith(...policies: PolicyDocument[]): ReadApiKey {
  const credentials = endpoint.issueCredentials(rolePrincipal('reader', ...policies));
  const { config } = new DynamoDBClient({ region: REGION, credentials });
  return createApiKeys(config, endpoint.url, { nowMs: () => 0, monotonicMs: () => 0 });
}

async function causeOf(reading: Promise<string> | string): Promise<string> {
  const error = (await Promise.resolve(reading).catch((thrown: unknown) => thrown)) as Error;
  return (error.cause as Error).message;
}

const allow = (resource: string): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: resource },
});

test('an ARN ends with six characters, the same each time', () => {
  expect(arn).toMatch(new RegExp(`^${prefix}team/openai-[0-9a-f]{6}$`));
  expect(new SecretsManagerService({ accountId: ACCOUNT, region: REGION }).putSecret('team/openai', 'x')).toBe(arn);
});

test.each(['team/openai', arn, arn.slice(0, -7)])('%s is found', async (id) => {
  expect(await readerWith(ALLOW_ALL)(id)).toBe('sk-1');
});

test('a secret has the value that it was given last', async () => {
  secrets.putSecret('rotated', 'one');
  secrets.putSecret('rotated', 'two');
  expect(await readerWith(ALLOW_ALL)('rotated')).toBe('two');
});

test('secretsmanager:GetSecretValue on its ARN is needed, and enough', async () => {
  expect(await readerWith(allow(`${prefix}team/openai-??????`))('team/openai')).toBe('sk-1');
  expect(await readerWith(allow(arn))('team/openai')).toBe('sk-1');
  expect(await causeOf(readerWith(allow(`${prefix}team/open-??????`))('team/openai'))).toMatch(
    new RegExp(`^AccessDeniedException: .*secretsmanager:GetSecretValue on resource: ${arn} because`),
  );
});

test.each(['absent', `${prefix}absent-abcdef`])('%s is not there', async (id) => {
  expect(await causeOf(readerWith(ALLOW_ALL)(id))).toBe("ResourceNotFoundException: Secrets Manager can't find the specified secret.");
});

test('a secret of another account is not to be had', async () => {
  expect(await causeOf(readerWith(ALLOW_ALL)(arn.replace(ACCOUNT, '999999999999')))).toMatch(
    /^AccessDeniedException: .*no resource-based policy/,
  );
});

test('to learn that it is not there takes the permission, too', async () => {
  expect(await causeOf(readerWith(allow(arn))('absent'))).toMatch(/^AccessDeniedException/);
  expect(await causeOf(readerWith(allow(`${prefix}absent-??????`))('absent'))).toMatch(/^ResourceNotFoundException/);
});

test('a secret without a value is told apart', async () => {
  secrets.putSecret('empty', undefined);
  expect(await causeOf(readerWith(ALLOW_ALL)('empty'))).toBe(
    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  );
});

test.each([
  ['throttled', 'ThrottlingException'],
  ['unavailable', 'InternalServiceError'],
] as const)('answers an injected %s', async (kind, name) => {
  endpoint.faults.add({ service: 'secretsmanager', operation: 'GetSecretValue', kind, times: 1 });
  expect(await causeOf(readerWith(ALLOW_ALL)('team/openai'))).toMatch(new RegExp(`^${name}: `));
});

describe('what is not emulated is refused by name', () => {
  const request = (target: string, body: object) => ({
    signingName: 'secretsmanager',
    region: REGION,
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': target },
    body: Buffer.from(JSON.stringify(body)),
    principal: rolePrincipal('reader'),
    signal: new AbortController().signal,
  });

  test.each<[string, object, string]>([
    ['secretsmanager.PutSecretValue', {}, 'does not emulate PutSecretValue of Secrets Manager'],
    ['secretsmanager.GetSecretValue', { SecretId: 'a', VersionStage: 'AWSPREVIOUS' }, 'does not emulate "VersionStage" in GetSecretValue'],
    ['secretsmanager.GetSecretValue', { SecretId: '' }, '"SecretId" must be a string of at least 1 character'],
    ['AmazonSSM.GetSecretValue', {}, 'Expected a header x-amz-target'],
  ])('%s %j', (target, body, message) => {
    expect(() => secrets.operation(request(target, body))).toThrow(message);
  });
});
