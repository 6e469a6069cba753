import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadEnvironment } from '../../config/load';
import { platformDocumentOf } from '../../config/platform-document';
import { AiGateway, Guardrail, type GuardrailPolicy, onlyGatewaysInvokeModels, platformDocument } from '../../index';
import { PlatformStage } from '../../lib';
import { cdkContext } from '../helpers/synth';

const env = { account: '111122223333', region: 'eu-west-1' };
const stackOf = () => new Stack(new App(), 'Assistant', { env });
const roleIn = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });

const policy: GuardrailPolicy = {
  contentFilters: { hate: 'high', 'prompt-attack': 'medium' },
  deniedTopics: [
    { name: 'advice', definition: 'Which shares to buy.', examples: ['Which shares?'] },
    { name: 'law', definition: 'Legal advice.' },
  ],
  words: { phrases: ['falcon'], profanity: true },
  sensitive: {
    entities: { name: 'redact', us_passport_number: 'block' },
    patterns: [{ name: 'ticket', pattern: 'T-[0-9]+', action: 'redact' }],
  },
};

function templateOf(of: GuardrailPolicy, encryptionKey?: (stack: Stack) => kms.IKey): Template {
  const stack = stackOf();
  new Guardrail(stack, 'Guardrail', { policy: of, encryptionKey: encryptionKey?.(stack) });
  return Template.fromStack(stack);
}

const statementsIn = (template: Template) =>
  Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement as object[]);

test('a policy in CloudFormation’s words', () => {
  templateOf(policy).hasResourceProperties('AWS::Bedrock::Guardrail', {
    ContentPolicyConfig: {
      FiltersConfig: [
        { Type: 'HATE', InputStrength: 'HIGH', OutputStrength: 'HIGH' },
        { Type: 'PROMPT_ATTACK', InputStrength: 'MEDIUM', OutputStrength: 'NONE' },
      ],
    },
    TopicPolicyConfig: {
      TopicsConfig: [
        { Name: 'advice', Definition: 'Which shares to buy.', Examples: ['Which shares?'], Type: 'DENY' },
        { Name: 'law', Definition: 'Legal advice.', Type: 'DENY' },
      ],
    },
    WordPolicyConfig: { WordsConfig: [{ Text: 'falcon' }], ManagedWordListsConfig: [{ Type: 'PROFANITY' }] },
    SensitiveInformationPolicyConfig: {
      PiiEntitiesConfig: [
        { Type: 'NAME', Action: 'ANONYMIZE' },
        { Type: 'US_PASSPORT_NUMBER', Action: 'BLOCK' },
      ],
      RegexesConfig: [{ Name: 'ticket', Pattern: 'T-[0-9]+', Action: 'ANONYMIZE' }],
    },
  });
});

test('one that looks for nothing is refused', () => {
  expect(() => templateOf({ words: { phrases: [] }, sensitive: {} })).toThrow(/would look for nothing: give it contentFilters/);
});

test('the version’s id changes with the policy and with nothing else, and each stays', () => {
  const versionOf = (template: Template) => {
    const versions = Object.entries(template.findResources('AWS::Bedrock::GuardrailVersion'));
    expect(versions).toHaveLength(1);
    return versions[0] as [string, { DeletionPolicy: string; UpdateReplacePolicy: string }];
  };
  const guardrailIds = (template: Template) => Object.keys(template.findResources('AWS::Bedrock::Guardrail'));
  const [first, again, other] = [policy, structuredClone(policy), { ...policy, words: { phrases: ['owl'] } }].map((each) =>
    templateOf(each),
  ) as [Template, Template, Template];
  expect(versionOf(first)[1]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  expect(versionOf(again)[0]).toBe(versionOf(first)[0]);
  expect(versionOf(other)[0]).not.toBe(versionOf(first)[0]);
  expect(guardrailIds(other)).toEqual(guardrailIds(first));
});

test('a grant is of this guardrail alone, and of the key where it has one', () => {
  const stack = stackOf();
  const key = new kms.Key(stack, 'Key');
  const guardrail = new Guardrail(stack, 'Guardrail', { policy, encryptionKey: key });
  guardrail.grantApply(roleIn(stack));
  const template = Template.fromStack(stack);
  const keyArn = stack.resolve(key.keyArn);
  template.hasResourceProperties('AWS::Bedrock::Guardrail', { KmsKeyArn: keyArn });
  expect(statementsIn(template)).toEqual([
    { Action: 'kms:Decrypt', Effect: 'Allow', Resource: keyArn },
    { Action: 'bedrock:ApplyGuardrail', Effect: 'Allow', Resource: stack.resolve(guardrail.guardrailArn) },
  ]);
});

test('one that is elsewhere, by its attributes', () => {
  const stack = stackOf();
  const guardrail = Guardrail.fromAttributes(stack, 'Shared', { guardrailId: 'abc123', guardrailVersion: '4' });
  guardrail.grantApply(roleIn(stack));
  const Resource = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':bedrock:eu-west-1:111122223333:guardrail/abc123']] };
  expect(statementsIn(Template.fromStack(stack))).toEqual([{ Action: 'bedrock:ApplyGuardrail', Effect: 'Allow', Resource }]);
});

test('metrics are those of the version', () => {
  const stack = stackOf();
  const guardrail = new Guardrail(stack, 'Guardrail', { policy });
  const metrics = [guardrail.metricIntervened(), guardrail.metricTextUnits(), guardrail.metricThrottles(), guardrail.metricLatency()];
  expect(metrics.map(({ namespace, metricName, statistic }) => [namespace, metricName, statistic])).toEqual([
    ['AWS/Bedrock/Guardrails', 'InvocationsIntervened', 'Sum'],
    ['AWS/Bedrock/Guardrails', 'TextUnitCount', 'Sum'],
    ['AWS/Bedrock/Guardrails', 'InvocationThrottles', 'Sum'],
    ['AWS/Bedrock/Guardrails', 'InvocationLatency', 'Average'],
  ]);
  for (const { dimensions } of metrics) {
    expect(dimensions).toEqual({ GuardrailArn: guardrail.guardrailArn, GuardrailVersion: guardrail.guardrailVersion });
  }
});

describe('a gateway', () => {
  const allow = { kinds: {}, others: 'allow' as const };
  const usual = { input: { ...allow, restore: false }, retrieved: allow, output: allow, rules: [], injection: {} };
  const gatewayOf = (managed: boolean, hasGuardrail: boolean) => {
    const stack = stackOf();
    const safety = { policies: { usual: { ...usual, ...(managed && { managed: ['input' as const] }) } }, default: 'usual' };
    const guardrail = hasGuardrail ? new Guardrail(stack, 'Guardrail', { policy }) : undefined;
    onlyGatewaysInvokeModels(stack);
    const gateway = new AiGateway(stack, 'Gateway', {
      platform: platformDocument({ region: 'eu-west-1', models: ['nova-lite'], safety }),
      guardrail,
    });
    const template = Template.fromStack(stack);
    const applies = JSON.stringify(statementsIn(template)).includes('bedrock:ApplyGuardrail');
    const [variables] = Object.values(template.findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => Properties.Environment.Variables as Record<string, unknown>)
      .filter((each) => 'GUARDRAIL_ID' in each);
    return { gateway, applies, id: variables?.GUARDRAIL_ID, version: variables?.GUARDRAIL_VERSION, guardrail, stack };
  };

  test('may apply the guardrail that its policies want, and knows its version', () => {
    const { applies, id, version, guardrail, stack } = gatewayOf(true, true);
    expect(applies).toBe(true);
    expect([id, version]).toEqual([stack.resolve(guardrail?.guardrailId), stack.resolve(guardrail?.guardrailVersion)]);
  });

  test('may not where no policy wants one', () => {
    expect(gatewayOf(false, true)).toMatchObject({ applies: false, id: 'none', version: 'none' });
  });

  test('is refused where a policy wants one, and there is none', () => {
    expect(() => gatewayOf(true, false)).toThrow(/safety policy "usual" has directions in "managed", and AiGateway was given no guardrail/);
  });
});

test('an environment’s has no finding of cdk-nag, and no role but the gateway’s may apply it', () => {
  const dev = loadEnvironment('dev');
  const { policies, ...rest } = dev.safety ?? { policies: {}, default: 'standard' };
  const standard = { ...policies.standard, managed: ['input' as const] } as NonNullable<typeof policies.standard>;
  const config = { ...dev, guardrail: { words: { profanity: true } }, safety: { ...rest, policies: { standard } } };
  const app = new App({ autoSynth: false, context: cdkContext(), postCliContext: { '@aws-cdk/core:failSynthOnValidationErrors': true } });
  const stage = new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).not.toThrow();
  const stacks = [stage.gateway, stage.agents, stage.data, stage.pipelines, stage.observability].filter((stack) => stack !== undefined);
  const allowed = stacks.map((each) => JSON.stringify(statementsIn(Template.fromStack(each))).split('bedrock:ApplyGuardrail').length - 1);
  expect(allowed).toEqual([1, 0, 0, 0, 0]);
});
