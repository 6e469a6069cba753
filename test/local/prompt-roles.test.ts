import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { promote, rollback } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { promptContent } from '../../lambdas/core/prompts/prompt-content';
import { versionKey } from '../../lambdas/core/prompts/prompt-items';
import { PromptRegistry } from '../../lib';
import type { PolicyDocument, PolicyStatement } from '../../local/iam/types';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** What the grants of `PromptRegistry` let a role do, and what they do not, on the emulator's own table. */

let platform: TestPlatform;
const clients: DynamoDBClient[] = [];
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await platform.stop();
});

/** A registry for a role that was granted something, with the very statements that the grant makes. */
function asRole(name: string, grant: (registry: PromptRegistry, role: Role) => unknown) {
  const { world } = platform.emulator;
  const table = platform.emulator.output('RegistryTable');
  const stack = new Stack(new App(), 'Team', { env: { region: world.region } });
  const role = new Role(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
  grant(new PromptRegistry(stack, 'Registry'), role);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  if (policy === undefined) throw new Error('The grant made no policy.');
  const { Statement: statements } = policy.Properties.PolicyDocument as { readonly Statement: readonly PolicyStatement[] };
  const resource = `arn:aws:dynamodb:${world.region}:${world.accountId}:table/${table}`;
  const document: PolicyDocument = {
    Statement: [
      ...statements.map((statement) => ({ ...statement, Resource: resource })),
      // The environment's table has a customer key, this one has none.
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
    ],
  };
  const credentials = world.endpoint.issueCredentials({
    kind: 'role',
    name,
    roleArn: `arn:aws:iam::${world.accountId}:role/${name}`,
    sessionArn: `arn:aws:sts::${world.accountId}:assumed-role/${name}/session`,
    accountId: world.accountId,
    identityPolicies: [document],
  });
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials, maxAttempts: 1 });
  clients.push(client);
  return { client, table };
}

const content = (text: string) => promptContent.parse({ messages: [{ role: 'user', template: text }], variables: {} });
const folder = (id: string, ...texts: readonly string[]) => ({
  id,
  owner: 'tests',
  description: undefined,
  versions: texts.map((text, index) => ({ version: index + 1, content: content(text) })),
});
const denied = { name: 'AccessDeniedException' };
const label = (registry: ReturnType<typeof asRole>, name: string, id = 'p') => ({ ...registry, id, label: name, nowMs: 1 });

test('who may push adds versions, and changes and releases nothing', async () => {
  const pusher = asRole('pusher', (registry, role) => registry.grantPush(role));
  await pushPrompt(pusher, folder('p', 'one', 'two'), 1);
  await pushPrompt(pusher, folder('p', 'one', 'two', 'three'), 2);
  await expect(pushPrompt(pusher, folder('p', 'another'), 3)).rejects.toThrow('was released with another content');
  await expect(promote(label(pusher, 'staging'), 1)).rejects.toMatchObject(denied);
  const { client, table: TableName } = pusher;
  const Key = versionKey('p', 1);
  await expect(client.send(new PutItemCommand({ TableName, Item: { ...Key, content: { S: 'mine' } } }))).rejects.toMatchObject(denied);
  await expect(
    client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET content = :mine',
        ExpressionAttributeValues: { ':mine': { S: 'mine' } },
      }),
    ),
  ).rejects.toMatchObject(denied);
  await expect(client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'KEY#0' }, sk: { S: 'KEY' } } }))).rejects.toMatchObject(denied);
  await expect(client.send(new ScanCommand({ TableName }))).rejects.toMatchObject(denied);
});

test('who may move one label moves that one, and adds no version', async () => {
  await pushPrompt({ client: platform.dynamodb, table: platform.emulator.output('RegistryTable') }, folder('q', 'one', 'two'), 1);
  const tester = asRole('tester', (registry, role) => registry.grantPromote(role, ['staging']));
  await promote(label(tester, 'staging', 'q'), 1);
  await promote(label(tester, 'staging', 'q'), 2);
  expect(await rollback(label(tester, 'staging', 'q'))).toMatchObject({ version: 1 });
  await expect(promote(label(tester, 'production', 'q'), 1)).rejects.toMatchObject(denied);
  // A name that begins like it is another label.
  await expect(promote(label(tester, 'staging-eu', 'q'), 1)).rejects.toMatchObject(denied);
  await expect(pushPrompt(tester, folder('q', 'one', 'two', 'three'), 1)).rejects.toMatchObject(denied);
});

test('who may move all labels moves production too, and makes no key', async () => {
  const releaser = asRole('releaser', (registry, role) => registry.grantPromote(role));
  expect(await promote(label(releaser, 'production', 'q'), 2)).toMatchObject({ version: 2, revision: 1 });
  const key = { pk: { S: 'KEY#0' }, sk: { S: 'KEY' } };
  await expect(releaser.client.send(new PutItemCommand({ TableName: releaser.table, Item: key }))).rejects.toMatchObject(denied);
});

test.each([[[]], [['Production']], [['staging#*']], [['stag*']]])('labels %j are refused at synth', (labels: readonly string[]) => {
  const stack = new Stack(new App(), 'Team');
  const role = new Role(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
  expect(() => new PromptRegistry(stack, 'Registry').grantPromote(role, labels)).toThrow(/no label/);
});
