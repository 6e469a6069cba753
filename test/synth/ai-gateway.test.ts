import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  AiGateway,
  type AiGatewayProps,
  AnswerCache,
  AuditTrail,
  CostLedger,
  type IAiGateway,
  PromptRegistry,
  platformDocument,
  VectorIndex,
} from '../../index';

const platform = platformDocument({ region: 'us-east-1', models: ['claude-haiku-4.5'] });

function stack(id = 'Stack'): Stack {
  return new Stack(new App({ analyticsReporting: false }), id, { env: { region: 'us-east-1' } });
}

describe('a gateway of its own', () => {
  const alone = stack();
  const gateway = new AiGateway(alone, 'Gateway', { platform });
  const template = Template.fromStack(alone);

  test('brings its audit trail, registry and accounts, all retained and protected', () => {
    const tables = Object.values(template.findResources('AWS::DynamoDB::GlobalTable'));
    expect(tables).toHaveLength(3);
    for (const table of tables) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', Properties: { Replicas: [{ DeletionProtectionEnabled: true }] } });
    }
  });

  test('makes a cache of answers, and may touch it, only where the platform document keeps any', () => {
    const keeping = stack();
    const answerCache = { tenants: [], ttlSeconds: 60, maxTtlSeconds: 60, staleSeconds: 0, maxTemperature: 0, maxMessages: 8 };
    new AiGateway(keeping, 'Gateway', { platform: platformDocument({ region: 'us-east-1', models: ['claude-haiku-4.5'], answerCache }) });
    const mayPut = (of: Template) => JSON.stringify(of.findResources('AWS::IAM::Policy')).includes('dynamodb:PutItem');
    const kept = Template.fromStack(keeping);
    kept.resourceCountIs('AWS::DynamoDB::GlobalTable', 4);
    kept.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });

    expect([mayPut(template), mayPut(kept)]).toEqual([false, true]);
  });

  test('may use an index, and knows of it, only where its answers are found in other words', () => {
    const answerCache = { tenants: [], ttlSeconds: 60, maxTtlSeconds: 60, staleSeconds: 0, maxTemperature: 0, maxMessages: 8 };
    const semantic = { embeddingModel: 'titan-embed-text-v2', dimensions: 256, threshold: 0.9, tenants: [] };
    const endpointOf = (cache: AiGatewayProps['platform']['answerCache']) => {
      const asking = stack();
      const vectorIndex = VectorIndex.fromAttributes(asking, 'Index', {
        endpoint: 'https://search.example.com',
        collectionArn: 'arn:aws:aoss:us-east-1:111122223333:collection/a',
        collectionName: 'questions',
        indexName: 'documents',
      });
      const platform = platformDocument({
        region: 'us-east-1',
        models: ['claude-haiku-4.5'],
        embeddingModels: ['titan-embed-text-v2'],
        answerCache: cache,
      });
      new AiGateway(asking, 'Gateway', { platform, vectorIndex });
      const made = Template.fromStack(asking);
      const [env] = Object.values(made.findResources('AWS::Lambda::Function'))
        .map(({ Properties }) => Properties.Environment.Variables)
        .filter((variables) => 'VECTOR_ENDPOINT' in variables);
      const policies = Object.keys(made.findResources('AWS::OpenSearchServerless::AccessPolicy')).length;
      return [env.VECTOR_ENDPOINT, env.VECTOR_INDEX, policies];
    };
    expect(endpointOf({ ...answerCache, semantic })).toEqual(['https://search.example.com', 'documents', 2]);
    expect(endpointOf(answerCache)).toEqual(['none', 'none', 0]);
  });

  test('puts out the table that keys are made in, which is the one that the function reads', () => {
    const [{ Value: registryTable } = { Value: undefined }] = Object.values(template.findOutputs('*')).filter(({ Value }) =>
      String(Value?.Ref).includes('Registry'),
    );
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { REGISTRY_TABLE: registryTable } } });
  });

  test('knows its URL and the id of its API', () => {
    const [apiId] = Object.keys(template.findResources('AWS::ApiGateway::RestApi'));
    expect(alone.resolve(gateway.apiId)).toEqual({ Ref: apiId });
    expect(JSON.stringify(alone.resolve(gateway.url))).toContain(`{"Ref":"${apiId}"}`);
  });
});

test('given an audit trail, a registry, accounts and a cache, it makes none and puts out nothing of them', () => {
  const given = stack();
  const stores = {
    auditTrail: new AuditTrail(given, 'AuditTrail'),
    registry: new PromptRegistry(given, 'Registry'),
    costLedger: new CostLedger(given, 'CostLedger'),
    answerCache: new AnswerCache(given, 'AnswerCache'),
  };
  new AiGateway(given, 'Gateway', { platform, ...stores });
  const template = Template.fromStack(given);
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 4);
  expect(JSON.stringify(template.findOutputs('*'))).not.toContain('Registry');
});

test.each<[Partial<AiGatewayProps>, RegExp]>([
  [{ timeout: Duration.minutes(16) }, /timeout is 16 minutes; .* at most 15 minutes/],
  [{ timeout: Duration.minutes(4) }, /timeout is 4 minutes, and platform\.limits\.modelTimeoutMs is 240000; it must be 10000 ms longer/],
])('a timeout that cannot hold is refused', (props, message) => {
  expect(() => new AiGateway(stack(), 'Gateway', { platform, ...props })).toThrow(message);
});

describe('a gateway of another app', () => {
  const resourceOf = (consumer: Stack, gateway: IAiGateway): unknown => {
    const role = new iam.Role(consumer, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    gateway.grantInvoke(role).assertSuccess();
    const [policy] = Object.values(Template.fromStack(consumer).findResources('AWS::IAM::Policy'));
    const [denied, statement]: readonly unknown[] = policy?.Properties.PolicyDocument.Statement ?? [];
    // What it asks an agent for is not its own to approve.
    expect(denied).toMatchObject({ Action: 'execute-api:Invoke', Effect: 'Deny' });
    expect(JSON.stringify(denied)).toMatch(/\/iam\/v1\/reviews".*\/iam\/v1\/reviews\/\*"/);
    expect(JSON.stringify(denied)).toMatch(/\/iam\/v1\/admin".*\/iam\/v1\/admin\/\*"/);
    expect(statement).toMatchObject({ Action: 'execute-api:Invoke', Effect: 'Allow' });
    return (statement as { Resource: unknown }).Resource;
  };
  const partition = { Ref: 'AWS::Partition' };
  const account = { Ref: 'AWS::AccountId' };

  test('by attributes: in the account and region of the stack', () => {
    const consumer = stack();
    const gateway = AiGateway.fromAttributes(consumer, 'Gateway', { url: 'https://abc.example/live/', apiId: 'abc' });
    expect(gateway.url).toBe('https://abc.example/live');
    expect(resourceOf(consumer, gateway)).toEqual({
      'Fn::Join': ['', ['arn:', partition, ':execute-api:us-east-1:', account, ':abc/live/*/iam/v1/*']],
    });
  });

  test('by attributes: elsewhere', () => {
    const consumer = stack();
    const attributes = { url: 'https://abc.example/live', apiId: 'abc', region: 'eu-west-1', account: '111122223333' };
    expect(resourceOf(consumer, AiGateway.fromAttributes(consumer, 'Gateway', attributes))).toEqual({
      'Fn::Join': ['', ['arn:', partition, ':execute-api:eu-west-1:111122223333:abc/live/*/iam/v1/*']],
    });
  });

  test('by what an environment published: read at deployment, with no lookup', () => {
    const consumer = stack();
    const gateway = AiGateway.fromParameters(consumer, 'Gateway', { platform: 'plat', environment: 'dev' });
    new CfnOutput(consumer, 'Url', { value: gateway.url });
    const resource = JSON.stringify(resourceOf(consumer, gateway));
    const parameters = Template.fromStack(consumer).findParameters('*', { Type: 'AWS::SSM::Parameter::Value<String>' });
    const nameOf = (path: string): string | undefined => Object.entries(parameters).find(([, { Default }]) => Default === path)?.[0];
    expect(consumer.resolve(gateway.url)).toEqual({ Ref: nameOf('/plat/dev/gateway-url') });
    expect(resource).toContain(`{"Ref":"${nameOf('/plat/dev/gateway-api-id')}"}`);
    expect(resource).toContain('/live/*/iam/v1/*');
  });
});
