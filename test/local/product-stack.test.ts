import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { registerRole } from '../../lambdas/core/administration/role-store';
import { createSignedFetch } from '../../client';
import { AiGateway } from '../../lib';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';
import { TEST_ASSEMBLY } from '../helpers/test-assembly';

/** An app of its own beside the platform: what each may do to the other, and what each is told of the other. */

const ROOT = path.resolve(__dirname, '..', '..');

/** Asks the gateway; with `path` anything else of it. Behind an API it answers with what it was asked. */
const CODE = `
import { createSignedFetch } from ${JSON.stringify(path.join(ROOT, 'client', 'index.ts'))};
const signed = createSignedFetch();
export const handler = async (event) => {
  if (event.requestContext) {
    return { statusCode: 200, body: JSON.stringify({ path: event.path, full: event.requestContext.path, url: process.env.GATEWAY_URL }) };
  }
  console.log('asked');
  if (event.fail) throw new RangeError('as asked');
  const url = process.env.GATEWAY_URL + (event.path ?? '/iam/v1/chat/completions');
  const response = await signed(url, event.body ? { method: 'POST', body: JSON.stringify(event.body) } : {});
  return { status: response.status, body: await response.json(), dynamic: process.env.DYNAMIC };
};`;

function functionFolder(parent: string): string {
  const folder = path.join(parent, 'function');
  const stdin = { contents: CODE, resolveDir: ROOT, loader: 'js' as const };
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  buildSync({ stdin, bundle: true, platform: 'node', format: 'esm', banner, outfile: path.join(folder, 'index.mjs') });
  return folder;
}

/** Two functions: one that may call the gateway, behind an API of its own, and one that nobody granted anything. */
function synthesizeProduct(outdir: string, code: string): void {
  const app = new App({ outdir, analyticsReporting: false, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'Product', { env: { region: 'us-east-1' } });
  const gateway = AiGateway.fromParameters(stack, 'Gateway', { platform: 'ai-native-blueprint', environment: 'dev' });
  const make = (id: string): lambda.Function =>
    new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code),
      timeout: Duration.seconds(30),
      environment: { GATEWAY_URL: gateway.url, DYNAMIC: '<{{resolve:ssm:/ai-native-blueprint/dev/gateway-url}}>' },
    });
  const granted = make('Granted');
  gateway.grantInvoke(granted);
  const powerless = make('Powerless');
  const api = new apigateway.LambdaRestApi(stack, 'Api', {
    handler: granted,
    cloudWatchRole: false,
    integrationOptions: { timeout: Duration.seconds(29) },
  });
  new CfnOutput(stack, 'ApiUrl', { value: api.url });
  new CfnOutput(stack, 'GrantedName', { value: granted.functionName });
  new CfnOutput(stack, 'PowerlessName', { value: powerless.functionName });
  new CfnOutput(stack, 'GrantedRole', { value: granted.role?.roleArn ?? '' });
  app.synth();
}

let folder: string;
let platform: TestPlatform;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'product-'));
  synthesizeProduct(path.join(folder, 'cdk.out'), functionFolder(folder));
  // Before the platform: what it reads decides the order.
  platform = await startPlatform({ assembly: [path.join(folder, 'cdk.out'), TEST_ASSEMBLY] });
  const table = platform.emulator.output('RegistryTable');
  const roleArn = platform.emulator.output('GrantedRole');
  await registerRole({ client: platform.dynamodb, table, roleArn, tenant: 'globex', name: 'product', nowMs: 1 });
});
afterAll(async () => {
  await platform.stop();
  fs.rmSync(folder, { recursive: true });
});

interface Invoked {
  readonly error: string | null;
  readonly payload: {
    readonly status?: number;
    readonly dynamic?: string;
    readonly body?: Record<string, unknown>;
    readonly errorType?: string;
  };
}

async function invoke(name: string, event: object): Promise<Invoked> {
  const { world, administrator } = platform.emulator;
  const signed = createSignedFetch({ region: world.region, credentials: administrator, service: 'lambda' });
  const url = `${world.endpoint.url}/2015-03-31/functions/${name}/invocations`;
  const response = await signed(url, { method: 'POST', body: JSON.stringify(event) });
  expect(response.status).toBe(200);
  return { error: response.headers.get('x-amz-function-error'), payload: (await response.json()) as Invoked['payload'] };
}

const chat = { body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] } };

test('a function of another app is answered as its tenant', async () => {
  const { error, payload } = await invoke(platform.emulator.output('GrantedName'), chat);
  expect(error).toBeNull();
  expect(payload).toMatchObject({ status: 200, body: { object: 'chat.completion' } });
  const id = String(payload.body?.id).replace('chatcmpl-', '');
  expect((await platform.audit())[id]?.INTENT?.tenant).toEqual({ S: 'globex' });
});

test('a query and a path are signed as they are sent', async () => {
  const { payload } = await invoke(platform.emulator.output('GrantedName'), { path: '/iam/v1/models?a=b+c&d=%2B%20' });
  expect(payload).toMatchObject({ status: 200, body: { object: 'list' } });
});

test('without grantInvoke API Gateway refuses it, and the denial names the function', async () => {
  const { payload } = await invoke(platform.emulator.output('PowerlessName'), chat);
  expect(payload).toMatchObject({ status: 403, body: { error: { code: 'access_denied' } } });
  expect(platform.events).toContainEqual(
    expect.objectContaining({ kind: 'denied', principal: expect.stringContaining('Powerless'), action: 'execute-api:Invoke' }),
  );
});

test('the grant does not open the door for API keys without one', async () => {
  const { payload } = await invoke(platform.emulator.output('GrantedName'), { path: '/v1/models' });
  expect(payload).toMatchObject({ status: 401 });
});

test('a failure of the function is told as Lambda tells it', async () => {
  const { error, payload } = await invoke(platform.emulator.output('GrantedName'), { fail: true });
  expect(error).toBe('Unhandled');
  expect(payload).toMatchObject({ errorType: 'RangeError', errorMessage: 'as asked' });
});

test('what the platform published leads to this machine, by parameter and by dynamic reference', async () => {
  const { payload } = await invoke(platform.emulator.output('GrantedName'), chat);
  expect(payload.dynamic).toBe(`<${platform.emulator.output('GatewayUrl')}>`);
  expect(platform.emulator.output('GatewayUrl')).toBe(platform.emulator.url);
});

test('the product has an API of its own on the same port, at the address that its URL became', async () => {
  const url = platform.emulator.output('ApiUrl');
  expect(url).toMatch(new RegExp(`^${platform.emulator.url}/[a-z0-9]{10}/prod/$`));
  const response = await fetch(`${url}some/path`);
  expect(await response.json()).toEqual({ path: '/some/path', full: '/prod/some/path', url: platform.emulator.url });
});

test('its log is written, by the policy that CDK attaches to every role of a function', () => {
  const functionName = platform.emulator.output('GrantedName');
  expect(platform.events).toContainEqual(expect.objectContaining({ kind: 'log', functionName, line: expect.stringContaining('asked') }));
  expect(platform.events).not.toContainEqual(expect.objectContaining({ kind: 'denied', action: 'logs:PutLogEvents' }));
});
