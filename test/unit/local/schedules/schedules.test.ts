import { Emulator } from '../../../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../../../local/events';
import { functionWith, LOGS, SmallAssembly } from '../small-assembly';

const CODE = `
exports.handler = async (event) => {
  if (event.fail) throw new TypeError('as asked');
  return event;
};`;
const RULE_ARN = { 'Fn::GetAtt': ['Rule', 'Arn'] };
const permission = (more: object = {}) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: { 'Fn::GetAtt': ['sweeper', 'Arn'] },
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn: RULE_ARN,
    ...more,
  },
});
const rule = (more: object = {}, target: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ScheduleExpression: 'rate(15 minutes)',
    State: 'ENABLED',
    Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['sweeper', 'Arn'] }, ...target }],
    ...more,
  },
});

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 5, 1, 12, 0, 30);
let nowMs: number;
let emulator: Emulator | undefined;
let assembly: SmallAssembly;
let events: EmulatorEvent[];

async function start(resources: object = {}): Promise<Emulator> {
  nowMs = START_MS;
  events = [];
  assembly = new SmallAssembly(
    { ...functionWith('sweeper', 'code', [LOGS]), Rule: rule(), Allowed: permission(), ...resources },
    { code: CODE },
  );
  const sink = new EventSink();
  sink.listen((event) => events.push(event));
  emulator = await Emulator.start({ assembly: assembly.folder, port: 0, events: sink, now: () => nowMs });
  return emulator;
}
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
  assembly.remove();
});

const invocations = (): number => {
  const id = { namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: 'sweeper' } };
  return emulator?.world.monitoring.store.read(id, 0, nowMs + MINUTE_MS)?.sum ?? 0;
};

test('fired by hand, it calls the function with the scheduled event', async () => {
  const { world } = await start();
  const [fired, ...more] = await world.schedules.fire('Rule');
  expect(more).toEqual([]);
  expect(fired?.functionName).toBe('sweeper');
  expect(JSON.parse(fired?.answer ?? '')).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '111122223333',
    time: '2026-06-01T12:00:30Z',
    region: 'eu-west-1',
    resources: ['arn:aws:events:eu-west-1:111122223333:rule/Small-Rule'],
    detail: {},
  });
});

test('it is called when it is due by the clock, once for all that was missed', async () => {
  const { world } = await start();
  const advance = async (minutes: number) => {
    nowMs += minutes * MINUTE_MS;
    await world.schedules.runDue();
    return invocations();
  };
  expect(await advance(14)).toBe(0);
  expect(await advance(1)).toBe(1);
  expect(await advance(0)).toBe(1);
  expect(await advance(14)).toBe(1);
  expect(await advance(60)).toBe(2);
});

test("the target's input stands in the place of the event", async () => {
  const { world } = await start({ Rule: rule({}, { Input: '{"days":1}' }) });
  expect(await world.schedules.fire('Small-Rule')).toEqual([{ functionName: 'sweeper', answer: '{"days":1}' }]);
});

test('a function that fails is told of', async () => {
  const { world } = await start({ Rule: rule({}, { Input: '{"fail":true}' }) });
  expect(await world.schedules.fire('Rule')).toEqual([{ functionName: 'sweeper', failure: 'TypeError: as asked' }]);
  expect(events.filter(({ kind }) => kind === 'crash')).toEqual([
    expect.objectContaining({ reason: expect.stringContaining('rule/Small-Rule') }),
  ]);
});

test.each([
  ['no permission', { Type: 'AWS::CDK::Metadata' }],
  ['the permission of another rule', permission({ SourceArn: 'arn:aws:events:eu-west-1:111122223333:rule/other' })],
  ['the permission of another service', permission({ Principal: 'scheduler.amazonaws.com' })],
])('with %s it is not called', async (_, resource) => {
  const { world } = await start({ Allowed: resource });
  const [fired] = await world.schedules.fire('Rule');
  expect(fired?.failure).toContain('is not authorized to perform: lambda:InvokeFunction');
  expect(events.filter(({ kind }) => kind === 'denied')).toEqual([
    expect.objectContaining({ principal: 'events.amazonaws.com', action: 'lambda:InvokeFunction' }),
  ]);
  expect(invocations()).toBe(0);
});

test('a rule that is off is fired by hand alone', async () => {
  const { world } = await start({ Rule: rule({ State: 'DISABLED' }) });
  nowMs += 60 * MINUTE_MS;
  await world.schedules.runDue();
  expect(invocations()).toBe(0);
  await world.schedules.fire('Rule');
  expect(invocations()).toBe(1);
});

test('what is not evaluated is named', async () => {
  const { world } = await start({
    Rule: rule({ ScheduleExpression: 'cron(0 3 L * ? *)', RoleArn: 'x' }, { RetryPolicy: { MaximumRetryAttempts: 1 } }),
    Elsewhere: rule({ Targets: [{ Id: 'T', Arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }] }),
  });
  expect([...world.notEvaluated].toSorted()).toEqual([
    'L for the day of month of a cron schedule of Small/Rule: it is fired by hand alone',
    'RetryPolicy of Small/Rule (AWS::Events::Rule, target Target0)',
    'RoleArn of Small/Rule (AWS::Events::Rule)',
    'target arn:aws:sqs:eu-west-1:111122223333:q of Small/Elsewhere (AWS::Events::Rule): only functions and queues of the templates are reached',
  ]);
  expect(() => world.schedules.fire('absent')).toThrow("0 schedules have 'absent' in their names; there are: ");
});

test('an expression that EventBridge does not take stops the start', async () => {
  await expect(start({ Rule: rule({ ScheduleExpression: 'rate(1 minutes)' }) })).rejects.toThrow(
    'Small/Rule (AWS::Events::Rule) did not start: its ScheduleExpression',
  );
});
