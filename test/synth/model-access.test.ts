import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { platformDocument } from '../../config/make-platform-document';
import { cdkContext } from '../helpers/synth';
import { AiGateway, onlyGatewaysInvokeModels } from '../../lib';

/** No role but a gateway's may invoke a model. */

function stackWith(make: (stack: Stack) => void): () => void {
  const app = new App({ context: cdkContext() });
  const stack = new Stack(app, 'Product', { env: { region: 'us-east-1' } });
  onlyGatewaysInvokeModels(app);
  make(stack);
  return () => void app.synth();
}

const role = (stack: Stack): iam.Role => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
const allow = (statement: Partial<iam.PolicyStatementProps>) => (stack: Stack) => {
  role(stack).addToPolicy(new iam.PolicyStatement({ resources: ['*'], ...statement }));
};

test.each<[string, (stack: Stack) => void]>([
  ['by name', allow({ actions: ['bedrock:InvokeModel'] })],
  ['in any case', allow({ actions: ['Bedrock:invokemodelwithresponsestream'] })],
  ['by a pattern', allow({ actions: ['bedrock:Inv*'] })],
  ['with all of Bedrock', allow({ actions: ['s3:GetObject', 'bedrock:*'] })],
  ['with everything', allow({ actions: ['*'] })],
  ['by what it does not name', allow({ notActions: ['iam:*'] })],
  [
    'by a managed policy of AWS',
    (stack) => role(stack).addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonBedrockFullAccess')),
  ],
  [
    'by an inline policy',
    (stack) =>
      new iam.Role(stack, 'Inline', {
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
        inlinePolicies: {
          models: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['bedrock:Converse'], resources: ['*'] })] }),
        },
      }),
  ],
])('a role that may invoke a model %s fails the synthesis', (_how, make) => {
  expect(stackWith(make)).toThrow(/Product\/.* allows .*: no role but a gateway's may invoke a model\. Call the gateway instead/);
});

test.each<[string, (stack: Stack) => void]>([
  ['other actions of Bedrock', allow({ actions: ['bedrock:ListFoundationModels', 'bedrock:Get*'] })],
  ['a guardrail', allow({ actions: ['bedrock:ApplyGuardrail'] })],
  ['a denial', allow({ actions: ['bedrock:*'], effect: iam.Effect.DENY })],
  ['what it does not name, models among it', allow({ notActions: ['bedrock:*'] })],
  [
    'a gateway',
    (stack) =>
      void new AiGateway(stack, 'Gateway', {
        platform: platformDocument({ region: 'us-east-1', models: ['claude-haiku-4.5', 'nova-lite'] }),
      }),
  ],
])('%s passes', (_what, make) => {
  expect(stackWith(make)).not.toThrow();
});
