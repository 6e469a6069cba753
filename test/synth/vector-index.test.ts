import { App, BootstraplessSynthesizer, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { VectorIndex, type VectorIndexProps } from '../../index';

const env = { account: '111122223333', region: 'eu-west-1' };
const stackOf = (name = 'Search', app = new App()) => new Stack(app, name, { env });
const roleIn = (stack: Stack, id = 'Role') => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });

function templateOf(props: Partial<VectorIndexProps> = {}): Template {
  const stack = stackOf();
  new VectorIndex(stack, 'VectorIndex', { dimensions: 256, ...props });
  return Template.fromStack(stack);
}

function only(template: Template, type: string): { Properties: Record<string, unknown>; DependsOn?: string[]; DeletionPolicy?: string } {
  const found = Object.values(template.findResources(`AWS::OpenSearchServerless::${type}`));
  expect(found).toHaveLength(1);
  return found[0] as ReturnType<typeof only>;
}

/** Rules and principals of every data-access policy, with the role in place of its ARN. */
function accessOf(template: Template): { permissions: string[]; resources: string[]; principal: unknown }[] {
  return Object.values(template.findResources('AWS::OpenSearchServerless::AccessPolicy')).map(({ Properties }) => {
    const [before, principal] = (Properties.Policy as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
    const [{ Rules }] = JSON.parse(`${String(before)}"]}]`) as [{ Rules: { Permission: string[]; Resource: string[] }[] }];
    return { permissions: Rules[0]?.Permission ?? [], resources: Rules[0]?.Resource ?? [], principal };
  });
}

test('the collection runs on demand, in a group of its own', () => {
  const template = templateOf();
  const { Properties: group } = only(template, 'CollectionGroup');
  const { Properties: collection, DeletionPolicy } = only(template, 'Collection');
  expect(group).toMatchObject({
    Generation: 'NEXTGEN',
    CapacityLimits: {
      MinIndexingCapacityInOcu: 0,
      MinSearchCapacityInOcu: 0,
      MaxIndexingCapacityInOcu: 4,
      MaxSearchCapacityInOcu: 4,
    },
  });
  expect(collection).toMatchObject({ Type: 'VECTORSEARCH', CollectionGroupName: group.Name });
  expect(DeletionPolicy).toBe('Retain');
});

test('the index leaves the engine to the service and compares by cosine', () => {
  const { Properties } = only(templateOf({ filterFields: { partition: 'keyword', at: 'integer' } }), 'Index');
  expect(Properties.Mappings).toEqual({
    Properties: {
      vector: { Type: 'knn_vector', Dimension: 256, SpaceType: 'cosinesimil' },
      text: { Type: 'text' },
      partition: { Type: 'keyword' },
      at: { Type: 'integer' },
    },
  });
  expect(JSON.stringify(Properties)).not.toMatch(/engine/i);
});

test('whoever makes the index may do so before the collection is there', () => {
  const template = templateOf();
  const [[accessId] = []] = Object.entries(template.findResources('AWS::OpenSearchServerless::AccessPolicy'));
  const policies = Object.keys(template.findResources('AWS::OpenSearchServerless::SecurityPolicy'));
  expect(policies).toHaveLength(2);
  expect(only(template, 'Collection').DependsOn).toEqual(expect.arrayContaining([accessId, ...policies]));
  expect(only(template, 'Index').DependsOn).toEqual([accessId]);
  expect(accessOf(template)).toEqual([
    {
      permissions: ['aoss:CreateIndex', 'aoss:DeleteIndex', 'aoss:DescribeIndex', 'aoss:UpdateIndex'],
      resources: [`index/${String(only(template, 'Collection').Properties.Name)}/documents`],
      principal: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1' },
    },
  ]);
});

test('names are within the limits, lower case, and differ between stacks', () => {
  const namesIn = (name: string) => {
    const stack = stackOf(name);
    new VectorIndex(stack, 'AVeryLongIdOfAnIndexThatNobodyWouldWrite', { dimensions: 2 }).grantRead(roleIn(stack));
    const resources = Object.values(
      Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string; Properties: { Name?: string } }>,
    );
    return resources.flatMap(({ Type, Properties }) => (Type.startsWith('AWS::OpenSearch') ? [[Type, Properties.Name] as const] : []));
  };
  const [one, two] = [namesIn('my-platform-dev-retrieval'), namesIn('my-platform-prod-retrieval')];
  const named = [...one, ...two].filter(([, name]) => name !== undefined);
  expect(named).toHaveLength(12);
  for (const [type, name] of named) {
    expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(name?.length).toBeLessThanOrEqual(/Collection/.test(type) ? 28 : 32);
  }
  expect(new Set(one.map(([, name]) => name)).intersection(new Set(named.slice(6).map(([, name]) => name)))).toEqual(new Set());
});

test('a grant is one of IAM and one of the service, beside the role that gets it', () => {
  const app = new App();
  const index = new VectorIndex(stackOf('Search', app), 'VectorIndex', { dimensions: 2 });
  const consumer = stackOf('Consumer', app);
  const role = roleIn(consumer);
  index.grantRead(role).assertSuccess();
  index.grantRead(role).assertSuccess();
  index.grantWrite(role).assertSuccess();
  const template = Template.fromStack(consumer);
  const [[roleId] = []] = Object.entries(template.findResources('AWS::IAM::Role'));
  const resources = [`index/${index.collectionName}/documents`];
  const principal = { 'Fn::GetAtt': [roleId, 'Arn'] };
  expect(accessOf(template)).toEqual([
    { permissions: ['aoss:DescribeIndex', 'aoss:ReadDocument'], resources, principal },
    { permissions: ['aoss:DescribeIndex', 'aoss:WriteDocument'], resources, principal },
  ]);
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'aoss:APIAccessAll', Resource: Match.not('*') }] },
  });
});

test('by attributes', () => {
  const stack = stackOf();
  const collectionArn = 'arn:aws:aoss:eu-west-1:111122223333:collection/abc';
  const index = VectorIndex.fromAttributes(stack, 'Index', {
    endpoint: 'https://e.example/',
    collectionArn,
    collectionName: 'c',
    indexName: 'i',
  });
  expect(index.endpoint).toBe('https://e.example');
  index.grantWrite(roleIn(stack));
  const template = Template.fromStack(stack);
  expect(accessOf(template)[0]?.resources).toEqual(['index/c/i']);
  template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: [Match.objectLike({ Resource: collectionArn })] } });
});

test('a service cannot be granted what only roles and users can have', () => {
  const index = new VectorIndex(stackOf(), 'VectorIndex', { dimensions: 2 });
  expect(() => index.grantRead(new iam.ServicePrincipal('bedrock.amazonaws.com'))).toThrow(/role or a user; the grantee is .*bedrock/);
});

test('a key of the customer, and VPC endpoints', () => {
  const stack = stackOf();
  new VectorIndex(stack, 'VectorIndex', {
    dimensions: 2,
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/k'),
    vpcEndpointIds: ['vpce-1'],
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const template = Template.fromStack(stack);
  const [encryption, network] = Object.values(template.findResources('AWS::OpenSearchServerless::SecurityPolicy')).map(
    ({ Properties }) => JSON.parse(String(Properties.Policy)) as unknown,
  );
  expect(encryption).toMatchObject({ AWSOwnedKey: false, KmsARN: 'arn:aws:kms:eu-west-1:111122223333:key/k' });
  expect(network).toMatchObject([{ AllowFromPublic: false, SourceVPCEs: ['vpce-1'] }]);
  expect(only(template, 'Collection').DeletionPolicy).toBe('Delete');
});

test('metrics are those of this collection', () => {
  const index = new VectorIndex(stackOf(), 'VectorIndex', { dimensions: 2 });
  expect(index.metricSearchLatency()).toMatchObject({ namespace: 'AWS/AOSS', metricName: 'SearchRequestLatency', statistic: 'Average' });
  expect(index.metricSearchErrors({ statistic: 'Maximum' })).toMatchObject({ metricName: 'SearchRequestErrors', statistic: 'Maximum' });
  expect(index.metric('2xx').dimensions).toMatchObject({ ClientId: env.account, CollectionName: index.collectionName });
});

test.each<[string, Partial<VectorIndexProps>, RegExp]>([
  ['no dimensions', { dimensions: 0 }, /dimensions is 0; an index takes a whole number from 1 to 16000/],
  ['half a dimension', { dimensions: 1.5 }, /dimensions is 1.5/],
  ['not a number', { dimensions: Number.NaN }, /dimensions is NaN/],
  ['too many dimensions', { dimensions: 16_001 }, /dimensions is 16001/],
  ['a field that is taken', { filterFields: { text: 'keyword' } }, /filterFields names 'text'/],
  [
    'a capacity that is none',
    { capacity: { minOcu: 3, maxOcu: 4 } },
    /capacity\.minOcu is 3; a group takes 0, 1, 2, 4, 8, and multiples of 16/,
  ],
  ['an infinite capacity', { capacity: { minOcu: 0, maxOcu: Number.POSITIVE_INFINITY } }, /capacity\.maxOcu is Infinity/],
  [
    'less at most than at least',
    { capacity: { minOcu: 4, maxOcu: 2 } },
    /capacity\.maxOcu is 2; it has to be at least 1, and minOcu, which is 4/,
  ],
  ['nothing at most', { capacity: { minOcu: 0, maxOcu: 0 } }, /capacity\.maxOcu is 0/],
])('refuses %s', (_what, props, message) => {
  expect(() => templateOf(props)).toThrow(message);
});

test('who deploys without the bootstrap has to say by which role', () => {
  const stack = new Stack(new App(), 'Search', { env, synthesizer: new BootstraplessSynthesizer() });
  expect(() => new VectorIndex(stack, 'One', { dimensions: 2 })).toThrow(/BootstraplessSynthesizer\. Give deploymentRoleArn/);
  new VectorIndex(stack, 'Two', { dimensions: 2, deploymentRoleArn: 'arn:aws:iam::111122223333:role/deployer' });
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::OpenSearchServerless::AccessPolicy'))).toContain('role/deployer');
});
