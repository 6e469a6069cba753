import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { VectorIndex } from '../../lib';
import { Emulator } from '../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../local/events';
import { callFunction } from '../../local/lambda/call-function';

/** The construct, the emulated service and our client, together: what a template grants is what its functions may do. */

const ROOT = path.resolve(__dirname, '..', '..');

const CODE = `
import { createDynamoDbClient } from './lambdas/core/dynamodb-client';
import { createVectorIndex } from './lambdas/core/vector-index/create-vector-index';
import { createGuardedSearch } from './lambdas/core/vector-index/guarded-search';
const { config } = createDynamoDbClient();
const { VECTOR_ENDPOINT: endpoint, VECTOR_INDEX: indexName } = process.env;
const index = createVectorIndex(config, { endpoint, indexName, dimensions: 3 });
const failures = [];
// Time enough for a machine that is slow.
const guarded = createGuardedSearch({ ...index, clock: { nowMs: Date.now }, onFailure: (error) => failures.push(error.message), timeoutMs: 10_000 });
export const handler = async ({ put, search, guard, remove }) => {
  if (put) return index.put(put);
  if (search) return index.search(search);
  if (guard) return { ...(await guarded(guard)), failures };
  return index.remove(remove);
};`;

function synthesize(folder: string): void {
  const app = new App({
    outdir: path.join(folder, 'cdk.out'),
    analyticsReporting: false,
    context: { '@aws-cdk/core:validateAgainstDefaultRules': false },
  });
  const stack = new Stack(app, 'Search', { env: { account: '111122223333', region: 'eu-west-1' } });
  const code = path.join(folder, 'function');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  const stdin = { contents: CODE, resolveDir: ROOT, loader: 'ts' as const };
  buildSync({ stdin, bundle: true, platform: 'node', format: 'esm', banner, outfile: path.join(code, 'index.mjs') });
  const index = new VectorIndex(stack, 'VectorIndex', { dimensions: 3, filterFields: { partition: 'keyword' } });
  const make = (id: string) => {
    const made = new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code),
      environment: { VECTOR_ENDPOINT: index.endpoint, VECTOR_INDEX: index.indexName },
    });
    new CfnOutput(stack, `${id}Arn`, { value: made.functionArn });
    return made;
  };
  index.grantRead(make('Reader'));
  index.grantWrite(make('Writer'));
  make('Stranger');
  // Reaches the collection, and no policy of the service lets it in.
  make('Halfway').addToRolePolicy(new iam.PolicyStatement({ actions: ['aoss:APIAccessAll'], resources: [index.collectionArn] }));
  app.synth();
}

let folder: string;
let emulator: Emulator;
const events: EmulatorEvent[] = [];
const options = () => ({ assembly: path.join(folder, 'cdk.out'), port: 0, stateFolder: path.join(folder, 'state') });
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vector-index-'));
  synthesize(folder);
  const sink = new EventSink();
  sink.listen((event) => events.push(event));
  emulator = await Emulator.start({ ...options(), events: sink });
}, 120_000);
afterAll(async () => {
  await emulator.stop();
  fs.rmSync(folder, { recursive: true });
});

async function call(name: string, event: object): Promise<unknown> {
  const lambda = emulator.world.functions.get(emulator.output(`${name}Arn`));
  if (!lambda) throw new Error(`no function ${name}`);
  const outcome = await callFunction(lambda, event);
  return 'answer' in outcome ? (JSON.parse(outcome.answer.toString()) as unknown) : outcome.failure;
}

const query = { vector: [1, 0, 0], limit: 5, filter: { partition: 'a' } };
const refused = { errorType: 'VectorIndexError' };

test('everything of the template starts', () => {
  expect([...emulator.report.unsupported.keys()]).toEqual([]);
  expect([...emulator.world.notEvaluated]).toEqual([]);
});

test('who may write writes, who may read finds it, and neither may do what the other may', async () => {
  const document = { vector: [2, 0, 0], text: 'hello', fields: { partition: 'a' } };
  const [put] = (await call('Writer', { put: [document] })) as { readonly id: string }[];
  expect(await call('Reader', { search: query })).toEqual([{ id: put?.id, similarity: 1, text: 'hello', fields: { partition: 'a' } }]);
  expect(await call('Reader', { put: [document] })).toMatchObject(refused);
  expect(await call('Writer', { search: query })).toMatchObject(refused);
  expect(await call('Reader', { remove: [put?.id] })).toMatchObject(refused);
  expect(await call('Writer', { remove: [put?.id] })).toEqual([]);
  expect(await call('Reader', { search: query })).toEqual([]);
  const denied = events.flatMap((event) => (event.kind === 'denied' ? [event.action] : []));
  expect(denied).toEqual(['aoss:WriteDocument', 'aoss:ReadDocument', 'aoss:WriteDocument']);
});

test.each([
  ['Stranger', 'aoss:APIAccessAll', 'identity-based policy'],
  ['Halfway', 'aoss:ReadDocument', 'data-access policy'],
])('%s is refused for want of %s', async (name, action, policy) => {
  const answer = await call(name, { search: query });
  expect(answer).toMatchObject({ ...refused, errorMessage: expect.stringContaining(action) });
  expect(answer).toMatchObject({ errorMessage: expect.stringContaining(`no ${policy} allows`) });
});

test('a dead index is asked once, and then left alone', async () => {
  const mend = emulator.world.endpoint.faults.add({ service: 'aoss', operation: 'Search', kind: 'unavailable' });
  const outcomes: unknown[] = [];
  for (let time = 0; time < 5; time++) outcomes.push(await call('Reader', { guard: query }));
  mend();
  expect(outcomes).toMatchObject([{ state: 'failed' }, ...Array.from({ length: 4 }, () => ({ state: 'skipped' }))]);
  // Each question that it was asked would have been one more.
  expect(outcomes[4]).toMatchObject({ failures: [expect.stringContaining('503')] });
});

test('documents are there after a restart', async () => {
  const [put] = (await call('Writer', { put: [{ vector: [0, 3, 0], text: 'kept', fields: { partition: 'a' } }] })) as {
    readonly id: string;
  }[];
  await emulator.stop();
  emulator = await Emulator.start(options());
  expect(await call('Reader', { search: query })).toMatchObject([{ id: put?.id, text: 'kept' }]);
});
