import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { type AwsCredentials, createJsonSigner, type JsonRequest } from '../../../../lambdas/core/sign-json-request';

// The SDK's own hash.
const { sha256 } = new DynamoDBClient({ region: 'eu-west-1' }).config;

/** By the SDK's own signer. */
async function signBySdk(
  service: string,
  region: string,
  { host, contentType, path = '/', target, body }: JsonRequest,
  credentials: AwsCredentials,
  nowMs: number,
) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new SignatureV4({
    service,
    region,
    sha256,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
  const headers = { host, 'content-type': contentType, ...(target !== undefined && { 'x-amz-target': target }) };
  const request = { method: 'POST', protocol: 'https:', hostname: host, path, headers, body };
  return (await signer.sign(request, { signingDate: new Date(nowMs) })).headers;
}

const request: JsonRequest = {
  host: 'dynamodb.eu-west-1.amazonaws.com',
  contentType: 'application/x-amz-json-1.0',
  target: 'DynamoDB_20120810.BatchExecuteStatement',
  body: '{"Statements":[]}',
};
const NOW_MS = Date.UTC(2026, 0, 31, 9, 8, 7, 654);

test('a request at a given time has the headers that the SDK signs', async () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
  const headers = createJsonSigner('dynamodb', 'eu-west-1')(request, credentials, NOW_MS);
  expect(headers).toEqual(await signBySdk('dynamodb', 'eu-west-1', request, credentials, NOW_MS));
  expect(headers['x-amz-date']).toBe('20260131T090807Z');
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKID\/20260131\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
  );
});

test('one signer agrees with the SDK whatever it is given, one request after another', async () => {
  const secret = fc.constantFrom('secret', 'other', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  const calls = fc.array(
    fc.record({
      nowMs: fc.integer({ min: NOW_MS, max: NOW_MS + 3 * 86_400_000 }),
      body: fc.string({ unit: 'grapheme' }),
      path: fc.constantFrom('/', '/documents/_bulk', '/collections/0a-1.b~2/documents/_search'),
      target: fc.constantFrom(undefined, 'Some_1.Do'),
      host: fc.constantFrom('127.0.0.1:8000', 'dynamodb.cn-north-1.amazonaws.com.cn'),
      accessKeyId: fc.constantFrom('AKID', 'ASIA'),
      secretAccessKey: secret,
      sessionToken: fc.constantFrom(undefined, 'IQoJb3JpZ2luX2VjEA=='),
    }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(calls, async (some) => {
      const sign = createJsonSigner('secretsmanager', 'us-east-1');
      for (const { nowMs, body, host, path, target, ...credentials } of some) {
        const one = { ...request, host, body, path, target };
        expect(sign(one, credentials, nowMs)).toEqual(await signBySdk('secretsmanager', 'us-east-1', one, credentials, nowMs));
      }
    }),
    { numRuns: 40 },
  );
});
