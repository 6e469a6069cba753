import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AssemblyStack } from '../../local/assembly';
import { matchesAction, matchesArn } from '../../local/iam/match';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** Everything that the platform's functions do, done once: each permission that their roles hold must have been put to use, and none missed. */

const MS_PER_DAY = 86_400_000;

let nowMs: number;
let platform: TestPlatform;
beforeEach(() => {
  nowMs = Date.now();
});
afterEach(() => platform.stop());

async function doEverything(): Promise<void> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const { data } = await platform.openai.models.list();
  let id = '';
  for (const model of data) {
    const response = await platform.request('/v1/chat/completions', { body: { model: model.id, messages } });
    expect(response.status).toBe(200);
    ({ id } = (await response.json()) as { id: string });
  }
  expect((await platform.request(`/v1/calls/${id}`, { method: 'GET' })).status).toBe(200);
  await keepArchive(id.replace('chatcmpl-', ''));
}

/** The archive: records are copied, one that was changed is kept, one that cannot be copied is given up, and the day is sealed and checked. */
async function keepArchive(callId: string): Promise<void> {
  const { endpoint, eventSources, schedules } = platform.emulator.world;
  await eventSources.settle();
  const change = {
    TableName: platform.emulator.output('AuditTable'),
    Key: { pk: { S: `CALL#${callId}` }, sk: { S: 'INTENT' } },
    UpdateExpression: 'SET tenant = :other',
    ExpressionAttributeValues: { ':other': { S: 'other' } },
  };
  await platform.dynamodb.send(new UpdateItemCommand(change));
  await eventSources.settle();
  const stop = endpoint.faults.add({ service: 's3', kind: 'unavailable' });
  await platform.dynamodb.send(new UpdateItemCommand({ ...change, UpdateExpression: 'SET tenant = :other, door = :other' }));
  await eventSources.settle();
  stop();
  nowMs += MS_PER_DAY;
  await eventSources.settle();
  const [fired] = await schedules.fire('Daily');
  expect(JSON.parse(fired?.answer ?? '{}')).toMatchObject({ discrepancies: [{ kind: 'record_changed' }] });
}

interface Grant {
  readonly roleArn: string;
  readonly action: string;
  readonly resource: string;
}

/** One by one what the roles of the templates may do. */
function grants(): Grant[] {
  return [...platform.emulator.world.roles.values()]
    .filter(isOurs)
    .flatMap((role) =>
      role.policies
        .flatMap(({ Statement }) => [Statement].flat())
        .flatMap(({ Action, Resource }) =>
          list(Action).flatMap((action) => list(Resource).map((resource) => ({ roleArn: role.arn, action, resource }))),
        ),
    );
}

/** CDK's own function empties a bucket before `cdk destroy` deletes it: nothing here runs it. */
const isOurs = ({ name }: { readonly name: string }): boolean => !name.includes('CustomS3AutoDeleteObjects');

const list = (value: string | readonly string[] | undefined): readonly string[] => (typeof value === 'string' ? [value] : (value ?? []));

function unused(): Grant[] {
  const { uses } = platform.emulator.world.permissions;
  return grants().filter(
    ({ roleArn, action, resource }) =>
      !uses.some((use) => use.roleArn === roleArn && matchesAction(action, use.action) && matchesArn(resource, use.resource)),
  );
}

test('no permission of any role goes unused, and none is missing', async () => {
  platform = await startPlatform({ now: () => nowMs });
  await doEverything();
  expect(grants().length).toBeGreaterThan(10);
  expect(unused()).toEqual([]);
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
});

test('a permission that nobody needs is found', async () => {
  platform = await startPlatform({ now: () => nowMs, transform: (stacks) => withGrant(stacks, 'dynamodb:DeleteItem') });
  await doEverything();
  expect(unused()).toEqual([expect.objectContaining({ action: 'dynamodb:DeleteItem', resource: '*' })]);
});

function withGrant(stacks: readonly AssemblyStack[], action: string): AssemblyStack[] {
  const changed = structuredClone(stacks) as AssemblyStack[];
  for (const [id, resource] of changed.flatMap(({ template }) => Object.entries(template.Resources))) {
    if (!id.startsWith('GatewayFunctionRoleDefaultPolicy')) continue;
    const { PolicyDocument } = resource.Properties as unknown as { PolicyDocument: { Statement: object[] } };
    PolicyDocument.Statement.push({ Effect: 'Allow', Action: action, Resource: '*' });
  }
  return changed;
}
