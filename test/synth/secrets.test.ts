import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AiGateway, platformDocument } from '../../index';

const openai = (secretId?: string) => ({
  api: 'openai-compatible' as const,
  baseUrl: 'https://api.example.com/v1',
  ...(secretId !== undefined && { secretId }),
});
const own = (id: string, provider: string) => ({
  id,
  provider,
  providerModelId: 'us.looks-like-a-profile',
  tier: 'small' as const,
  contextWindowTokens: 10_000,
  maxOutputTokens: 1_000,
  capabilities: {
    tools: 'none' as const,
    strictTools: false,
    serialTools: false,
    images: false,
    jsonSchema: 'none' as const,
    sampling: 'both' as const,
    effort: [],
  },
  price: { input: 0, output: 0 },
});

interface Statement {
  readonly Action: string | readonly string[];
  readonly Effect: string;
  readonly Resource: unknown;
}

function statementsOf(providers: Parameters<typeof platformDocument>[0]['providers'], withBedrock = true): Statement[] {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { env: { region: 'us-east-1' } });
  const names = Object.keys(providers ?? {});
  const models = [...(withBedrock ? (['nova-micro'] as const) : []), ...names.map((name) => own(`model-of-${name}`, name))];
  new AiGateway(stack, 'Gateway', { platform: platformDocument({ region: 'us-east-1', providers, models }) });
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

const onSecrets = (statements: readonly Statement[]) =>
  statements.filter(({ Action }) => JSON.stringify(Action).includes('secretsmanager'));
const onModels = (statements: readonly Statement[]) => statements.filter(({ Action }) => JSON.stringify(Action).includes('bedrock'));

test('the gateway may read exactly the secrets that its providers name, and no others', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shared-AbC123';
  const statements = onSecrets(statementsOf({ one: openai('team/one'), same: openai('team/one'), other: openai(arn), open: openai() }));
  const named = ['arn:', { Ref: 'AWS::Partition' }, ':secretsmanager:us-east-1:', { Ref: 'AWS::AccountId' }, ':secret:team/one-??????'];
  expect(statements).toEqual([{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: [{ 'Fn::Join': ['', named] }, arn] }]);
});

test('without secrets there is no statement on any', () => {
  expect(onSecrets(statementsOf(undefined))).toEqual([]);
  expect(onSecrets(statementsOf({ open: openai() }))).toEqual([]);
});

test('models of other providers need no permission of Bedrock', () => {
  expect(JSON.stringify(onModels(statementsOf({ open: openai() })))).not.toContain('looks-like-a-profile');
  expect(onModels(statementsOf({ open: openai() }, false))).toEqual([]);
});
