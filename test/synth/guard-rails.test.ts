import { App, Stack, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadEnvironment } from '../../config/load';
import { platformDocumentOf } from '../../config/platform-document';
import { PlatformStage } from '../../lib';
import { cdkContext, synthEnvironment } from '../helpers/synth';

const ENVIRONMENTS = ['dev', 'staging', 'prod'];

/** An app as `bin/platform.ts` makes it: findings fail the synthesis. */
function app(): App {
  return new App({ autoSynth: false, context: cdkContext(), postCliContext: { '@aws-cdk/core:failSynthOnValidationErrors': true } });
}

describe('cdk-nag', () => {
  test.each(ENVIRONMENTS)('%s has no finding that is not acknowledged', (name) => {
    const checked = app();
    const config = loadEnvironment(name);
    new PlatformStage(checked, { config, platform: platformDocumentOf(config) });
    Validations.of(checked).addPlugins(new AwsSolutionsChecks(checked));
    expect(() => checked.synth()).not.toThrow();
  });

  test('a finding fails the synthesis', () => {
    const checked = app();
    new s3.Bucket(new Stack(checked, 'Stack'), 'Bucket');
    Validations.of(checked).addPlugins(new AwsSolutionsChecks(checked));
    expect(() => checked.synth()).toThrow(/AwsSolutions-S10/);
  });
});

describe.each(ENVIRONMENTS)('%s', (name) => {
  const { templates } = synthEnvironment(name);
  const resources = Object.values(templates).flatMap(({ Resources }) => Object.values(Resources));
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);

  test('no stack comes near the limit of 500 resources', () => {
    for (const { Resources } of Object.values(templates)) expect(Object.keys(Resources).length).toBeLessThan(400);
  });

  test('every log group has a retention and a customer key', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThanOrEqual(2);
    for (const { Properties } of groups)
      expect(Properties).toMatchObject({ RetentionInDays: expect.any(Number), KmsKeyId: expect.anything() });
  });

  test('a firewall stands before the front door outside dev, and lets prompts through', () => {
    const acls = ofType('AWS::WAFv2::WebACL');
    expect(acls).toHaveLength(name === 'dev' ? 0 : 1);
    for (const { Properties } of acls) {
      const rules = Properties?.Rules as {
        Statement: { ManagedRuleGroupStatement?: { Name: string; RuleActionOverrides?: { Name: string; ActionToUse: object }[] } };
      }[];
      const common = rules.find(({ Statement }) => Statement.ManagedRuleGroupStatement?.Name === 'AWSManagedRulesCommonRuleSet');
      expect(common?.Statement.ManagedRuleGroupStatement?.RuleActionOverrides).toContainEqual({
        Name: 'SizeRestrictions_BODY',
        ActionToUse: { Count: {} },
      });
    }
  });
});

test('a permissions boundary, where the config has one, is on every role', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const config = { ...loadEnvironment('dev'), permissionsBoundary: boundary };
  const stage = new PlatformStage(app(), { config, platform: platformDocumentOf(config) });
  const roles = stage
    .synth()
    .stacks.flatMap(({ template }) =>
      Object.values((template as { Resources: Record<string, { Type: string; Properties: object }> }).Resources),
    )
    .filter(({ Type }) => Type === 'AWS::IAM::Role');
  expect(roles.length).toBeGreaterThanOrEqual(2);
  for (const { Properties } of roles) expect(Properties).toMatchObject({ PermissionsBoundary: boundary });
});

test.each([
  ['dev', false],
  ['staging', true],
  ['prod', true],
])('stacks of %s are protected from termination: %s', (name, protectedFromDeletion) => {
  const config = loadEnvironment(name);
  const { stacks } = new PlatformStage(app(), { config, platform: platformDocumentOf(config) }).synth();
  expect(stacks).toHaveLength(6);
  for (const stack of stacks) expect(stack.terminationProtection ?? false).toBe(protectedFromDeletion);
});
