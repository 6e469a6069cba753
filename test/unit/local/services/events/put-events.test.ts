import { DescribeArchiveCommand, EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { functionWith, LOGS, REGION } from '../../small-assembly';
import { SmallWorld, type SmallWorldOptions } from '../../small-world';
import { allow, BUS_ARN, bus, deliveries, detailOf, jobs, putter, rule } from './harness';

/** What puts events, who may, and what is kept of them. */

let world: SmallWorld;
let client: EventBridgeClient;
afterEach(() => world.stop());

async function start(more: SmallWorldOptions['resources'] = {}, options: Partial<SmallWorldOptions> = {}): Promise<void> {
  world = await SmallWorld.start({ resources: { ...bus(), ...jobs(), ...rule({ source: ['shop'] }), ...more }, ...options });
  client = world.client(EventBridgeClient);
}

const ENTRY: PutEventsRequestEntry = { EventBusName: 'orders', Source: 'shop', DetailType: 'order.placed', Detail: '{"total":3}' };

async function put(...entries: readonly Partial<PutEventsRequestEntry>[]) {
  const answer = await client.send(new PutEventsCommand({ Entries: entries.map((entry) => ({ ...ENTRY, ...entry })) }));
  await world.emulator.world.background.settle();
  return answer;
}

test('an event goes to the targets of each rule that matches it, as EventBridge writes it', async () => {
  await start(rule({ detail: { total: [{ numeric: ['>', 5] }] } }, { id: 'Other' }));
  const { Entries = [], FailedEntryCount } = await put({ Time: new Date(1_790_000_000_000), Resources: ['arn:x'] });
  expect(FailedEntryCount).toBe(0);
  expect(deliveries(world)).toEqual([
    {
      version: '0',
      id: Entries[0]?.EventId,
      'detail-type': 'order.placed',
      source: 'shop',
      account: '111122223333',
      time: '2026-09-21T14:13:20Z',
      region: REGION,
      resources: ['arn:x'],
      detail: { total: 3 },
    },
  ]);
});

test('of a request some entries may fail, by themselves', async () => {
  await start();
  const { Entries = [], FailedEntryCount } = await put(
    { Detail: 'no json' },
    { Detail: '[]' },
    { DetailType: '' },
    { Source: 'aws.ec2' },
    { Detail: '{"total":4}' },
  );
  expect(FailedEntryCount).toBe(4);
  expect(Entries.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
    'MalformedDetail',
    'MalformedDetail',
    'InvalidArgument',
    'NotAuthorizedForSourceException',
    'string',
  ]);
  expect(deliveries(world).map(detailOf)).toEqual([{ total: 4 }]);
});

describe('a request that is refused as a whole', () => {
  test.each([
    ['with no entry', [], 'Member must have 1 to 10 entries; received 0.'],
    ['with eleven', Array.from({ length: 11 }, () => ENTRY), 'Member must have 1 to 10 entries; received 11.'],
    [
      'of more than a mebibyte',
      [1, 2].map(() => ({ ...ENTRY, Detail: JSON.stringify({ text: 'x'.repeat(524_288) }) })),
      'Total size of the entries in the request is over the limit',
    ],
  ])('%s', async (_what, entries, message) => {
    await start();
    await expect(put(...entries)).rejects.toThrow(message);
    expect(deliveries(world)).toEqual([]);
  });
});

test('an event for a bus that is not there is accepted, and lost; the emulator says so', async () => {
  await start();
  const { FailedEntryCount } = await put({ EventBusName: 'other' });
  expect(FailedEntryCount).toBe(0);
  expect(world.ofKind('undelivered')).toEqual([expect.objectContaining({ code: 'NO_BUS', lost: expect.any(String) })]);
});

test('the account has a bus of its own, by the name default and by none', async () => {
  await start(rule({ source: ['shop'] }, { id: 'OnDefault', bus: 'default' }));
  await put({ EventBusName: undefined }, { EventBusName: 'default' });
  expect(deliveries(world)).toHaveLength(2);
});

test('a rule that is disabled sees nothing', async () => {
  await start({}, { resources: { ...bus(), ...jobs(), ...rule({ source: ['shop'] }, { state: 'DISABLED' }) } });
  await put({});
  expect(deliveries(world)).toEqual([]);
});

describe('who may put events', () => {
  const by = async (statements: readonly object[], more: SmallWorldOptions['resources'] = {}) => {
    await start({ ...functionWith('putter', 'code', [LOGS, ...statements]), ...more }, { code: putter });
    client = world.client(EventBridgeClient, 'putter');
  };

  test('a role that has the action on that bus', async () => {
    await by([allow('events:PutEvents', BUS_ARN)]);
    await put({});
    await expect(put({ EventBusName: 'default' })).rejects.toThrow(/events:PutEvents on resource: .*event-bus\/default/);
    expect(deliveries(world)).toHaveLength(1);
  });

  test('conditions on source and detail type hold for every entry', async () => {
    const condition = { StringEquals: { 'events:source': 'shop', 'events:detail-type': 'order.placed' } };
    await by([{ ...allow('events:PutEvents', BUS_ARN), Condition: condition }]);
    await put({}, {});
    await expect(put({}, { DetailType: 'order.cancelled' })).rejects.toThrow('events:PutEvents');
    await expect(put({}, { Source: 'elsewhere' })).rejects.toThrow('events:PutEvents');
    expect(deliveries(world)).toHaveLength(2);
  });

  test("the bus's own policy denies", async () => {
    const statement = { Sid: 'No', Effect: 'Deny', Principal: '*', Action: 'events:PutEvents', Resource: BUS_ARN };
    await by([allow('events:PutEvents', '*')], {
      Policy: {
        Type: 'AWS::Events::EventBusPolicy',
        DependsOn: 'Bus',
        Properties: { EventBusName: 'orders', StatementId: 'No', Statement: statement },
      },
    });
    await expect(put({})).rejects.toThrow('explicit deny in a resource-based policy');
  });
});

describe('archives', () => {
  const archive = (properties: object = {}) => ({
    Archive: {
      Type: 'AWS::Events::Archive',
      DependsOn: 'Bus',
      Properties: { ArchiveName: 'all', SourceArn: BUS_ARN, RetentionDays: 2, ...properties },
    },
  });
  const described = () => client.send(new DescribeArchiveCommand({ ArchiveName: 'all' }));

  test('keep events for their days', async () => {
    await start(archive());
    await put({}, { Source: 'elsewhere' });
    expect(await described()).toMatchObject({ EventCount: 2, RetentionDays: 2, State: 'ENABLED', EventSourceArn: BUS_ARN });
    world.nowMs += 2 * 86_400_000;
    await put({});
    expect(await described()).toMatchObject({ EventCount: 1 });
  });

  test('keep those that their pattern matches', async () => {
    await start(archive({ EventPattern: { source: ['elsewhere'] } }));
    await put({}, { Source: 'elsewhere' });
    expect(await described()).toMatchObject({ EventCount: 1 });
  });
});

test('metrics say how many events came, matched and were delivered', async () => {
  await start();
  await put({}, { Source: 'elsewhere' }, {});
  const { monitoring } = world.emulator.world;
  const sum = (name: string, dimensions: Record<string, string>) =>
    monitoring.store.read({ namespace: 'AWS/Events', name, dimensions }, world.nowMs - 60_000, world.nowMs + 60_000)?.sum;
  const dimensions = { EventBusName: 'orders', RuleName: 'Small-Rule' };
  expect([sum('MatchedEvents', dimensions), sum('Invocations', dimensions)]).toEqual([2, 2]);
  expect(sum('Invocations', { RuleName: 'Small-Rule' })).toBe(2);
  expect(sum('FailedInvocations', dimensions)).toBeUndefined();
});
