import { AgentPipeline, AgentRuns, AiGateway, EventBus } from 'ai-native-blueprint';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
buildSync({ entryPoints: ['refunds.ts'], outfile: 'refunds/index.mjs', bundle: true, platform: 'node', format: 'esm', banner });

const stack = new Stack(new App(), 'Refunds', { env: { region: 'us-east-1' } });
const bus = new EventBus(stack, 'Bus');

const pipeline = new AgentPipeline(stack, 'Pipeline', {
  name: 'refunds',
  event: { name: 'refund.requested', owner: 'payments' },
  code: Code.fromAsset('refunds'),
  platform: {
    bus,
    runs: new AgentRuns(stack, 'Runs'),
    gateway: AiGateway.fromParameters(stack, 'Gateway', { platform: 'ai-native-blueprint', environment: 'dev' }),
    environment: 'dev',
  },
  trust: { autonomy: 'act' },
});

new CfnOutput(stack, 'BusName', { value: bus.bus.eventBusName });
// Who maps the role to a tenant has to know it.
new CfnOutput(stack, 'RoleArn', { value: pipeline.roleArn });
