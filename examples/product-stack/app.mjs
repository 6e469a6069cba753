import { fileURLToPath } from 'node:url';
import { AiGateway } from 'ai-native-blueprint';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';

const stack = new Stack(new App(), 'Summaries', { env: { region: 'us-east-1' } });

// Deployed by the platform's own app. What it published is read when this stack is deployed.
const gateway = AiGateway.fromParameters(stack, 'Gateway', { platform: 'ai-native-blueprint', environment: 'dev' });

const summarize = new NodejsFunction(stack, 'Summarize', {
  entry: fileURLToPath(new URL('summarize.ts', import.meta.url)),
  runtime: Runtime.NODEJS_24_X,
  memorySize: 512,
  timeout: Duration.minutes(1),
  environment: { GATEWAY_URL: gateway.url },
});
gateway.grantInvoke(summarize);

new CfnOutput(stack, 'FunctionName', { value: summarize.functionName });
// Who maps the role to a tenant has to know it.
new CfnOutput(stack, 'RoleArn', { value: summarize.role?.roleArn ?? '' });
