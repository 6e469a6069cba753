import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { seedAgentRoles } from '../../bin/local/gateways';
import { seedPrompts } from '../../bin/local/seed-prompts';
import { decisionIdOf } from '../../lambdas/core/agents/decision';
import { createPublisher, defineEvent } from '../../lambdas/core/events';
import { AgentPipeline, AgentRuns, AiGateway, EventBus } from '../../lib';
import * as z from 'zod';
import { startPlatform, type TestPlatform } from '../helpers/platform';
import { TEST_ASSEMBLY } from '../helpers/test-assembly';

/** The agent of `examples/fifth-agent`, in an app of its own beside the platform: its one file, as it stands there. */

const ROOT = path.resolve(__dirname, '..', '..');
const EXAMPLE = path.join(ROOT, 'examples', 'fifth-agent');
const refundRequested = defineEvent({
  name: 'refund.requested',
  version: 1,
  owner: 'payments',
  data: z.strictObject({ refund_id: z.string(), amount_usd: z.number(), reason: z.string(), orders_so_far: z.int() }),
});

let platform: TestPlatform;
let folder: string;

function synthesize(outdir: string): void {
  const code = path.join(folder, 'code');
  buildSync({
    entryPoints: [path.join(EXAMPLE, 'refunds.ts')],
    outfile: path.join(code, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { 'ai-native-blueprint/agents': path.join(ROOT, 'lambdas', 'core', 'agents', 'index.ts') },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const app = new App({ outdir, analyticsReporting: false, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'Refunds', { env: { region: 'us-east-1' } });
  const bus = new EventBus(stack, 'Bus');
  const runs = new AgentRuns(stack, 'Runs');
  new AgentPipeline(stack, 'Pipeline', {
    name: 'refunds',
    event: refundRequested,
    code: Code.fromAsset(code),
    platform: {
      bus,
      runs,
      gateway: AiGateway.fromParameters(stack, 'Gateway', { platform: 'ai-native-blueprint', environment: 'dev' }),
      environment: 'dev',
    },
    trust: { autonomy: 'act' },
  });
  new CfnOutput(stack, 'RefundsBusName', { value: bus.bus.eventBusName });
  new CfnOutput(stack, 'RefundsRunsName', { value: runs.table.tableName });
  app.synth();
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fifth-agent-'));
  const outdir = path.join(folder, 'cdk.out');
  synthesize(outdir);
  platform = await startPlatform({ assembly: [TEST_ASSEMBLY, outdir] });
  const registry = platform.emulator.output('RegistryTable');
  await seedAgentRoles(platform.emulator, registry);
  const problems: string[] = [];
  await seedPrompts(platform.emulator, registry, [path.join(EXAMPLE, 'prompts')], (problem) => problems.push(problem));
  expect(problems).toEqual([]);
}, 60_000);
afterAll(async () => {
  await platform.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('an agent that the platform has never heard of acts on an event', async () => {
  const { emulator, dynamodb } = platform;
  const { endpoint, region } = emulator.world;
  const client = new EventBridge({ endpoint: endpoint.url, region, credentials: emulator.administrator });
  const publisher = createPublisher({ client, bus: emulator.output('RefundsBusName') });
  const id = await publisher.publish(refundRequested, {
    refund_id: 'r-1',
    amount_usd: 20,
    reason: 'Please pay it back.',
    orders_so_far: 7,
  });
  const query = new QueryCommand({
    TableName: emulator.output('RefundsRunsName'),
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :effect)',
    ExpressionAttributeValues: { ':pk': { S: `DECISION#${decisionIdOf('refunds', id)}` }, ':effect': { S: 'EFFECT#' } },
  });
  let effects: Record<string, AttributeValue>[] = [];
  for (let tries = 0; tries < 200 && effects[0]?.state?.S !== 'done'; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    effects = (await dynamodb.send(query)).Items ?? [];
  }
  expect(effects.map(({ effect, state, input }) => [effect?.S, state?.S, JSON.parse(input?.S ?? 'null')])).toEqual([
    ['refund-route', 'done', { refund_id: 'r-1', route: 'pay' }],
  ]);
  client.destroy();
});
