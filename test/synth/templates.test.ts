import { type TemplateJson, synthEnvironment } from '../helpers/synth';

const ENVIRONMENTS = ['dev', 'staging', 'prod'];
const ASSET_HASH = /[0-9a-f]{64}/g;

const synthesized = Object.fromEntries(ENVIRONMENTS.map((name) => [name, synthEnvironment(name).templates]));

/** One line per resource: what a reviewer has to agree to when it changes. */
function outline(template: TemplateJson): string[] {
  return Object.entries(template.Resources)
    .map(([id, { Type, DeletionPolicy }]) => `${id}  ${Type}  ${DeletionPolicy ?? '-'}`)
    .toSorted();
}

function roleStatements(template: TemplateJson): Record<string, unknown> {
  const policies = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Policy');
  return Object.fromEntries(
    policies.map(([id, { Properties }]) => [id, (Properties?.PolicyDocument as { Statement: unknown } | undefined)?.Statement]),
  );
}

/** Hashes of assets, and the deployment's id that is made from its API's description, change with every line of code. */
function masked(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(ASSET_HASH, '<asset>')
      .replaceAll(/(Deployment[0-9A-F]{8})[0-9a-f]{32}/g, '$1<hash>'),
  );
}

describe.each(ENVIRONMENTS)('templates of %s', (name) => {
  const templates = synthesized[name] ?? {};

  test('have six stacks with resources', () => {
    expect(Object.keys(templates)).toHaveLength(6);
    for (const template of Object.values(templates)) expect(Object.keys(template.Resources).length).toBeGreaterThan(3);
  });

  test.each(Object.keys(templates))('%s: resources', (stack) => {
    expect(masked(outline(templates[stack] as TemplateJson))).toMatchSnapshot();
  });

  test.each(Object.keys(templates))('%s: role statements', (stack) => {
    expect(masked(roleStatements(templates[stack] as TemplateJson))).toMatchSnapshot();
  });

  test('no stack imports an export of another', () => {
    const text = JSON.stringify(templates);
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).toContain('Fn::GetStackOutput');
  });
});
