import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as z from 'zod';
import { createPublisher, createQuarantine, defineEvent, InvalidEventError, readEvent } from '../../lambdas/core/events';
import { EventBus, EventRule } from '../../lib';
import type { AssemblyStack } from '../../local/assembly';
import { Emulator } from '../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../local/events';
import type { Queue } from '../../local/services/sqs/queue';
import { cdkContext } from '../helpers/synth';
import { until } from '../helpers/platform';

/** A producer, the bus and a reader behind a queue, all encrypted with a customer key: as a product team writes them, in the emulator. */

const overdue = defineEvent({
  name: 'billing.invoice-overdue',
  version: 1,
  owner: 'billing',
  data: z.strictObject({ customer: z.string() }),
});
const other = defineEvent({ name: 'billing.invoice-paid', version: 1, owner: 'billing', data: z.strictObject({ customer: z.string() }) });

const READER = `exports.handler = async ({ Records }) => {
  console.log(JSON.stringify({ read: Records.map(({ body }) => JSON.parse(body).detail.id) }));
  return { batchItemFailures: [] };
};`;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'events-'));
let assembly: string;
beforeAll(() => {
  const code = path.join(folder, 'code');
  fs.mkdirSync(code);
  fs.writeFileSync(path.join(code, 'index.js'), READER);
  const app = new App({ context: cdkContext(), outdir: path.join(folder, 'out'), analyticsReporting: false });
  const stack = new Stack(app, 'Events', { env: { region: 'us-east-1' } });
  const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
  const bus = new EventBus(stack, 'EventBus', { encryptionKey, removalPolicy: RemovalPolicy.DESTROY });
  new CfnOutput(stack, 'BusName', { value: bus.bus.eventBusName });
  bus.addAlarms(stack, { topic: new sns.Topic(stack, 'Topic'), owner: 'team' });
  const newFunction = (id: string) =>
    new lambda.Function(stack, id, {
      functionName: id,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code),
    });
  bus.grantPut(newFunction('Producer'), overdue);
  const reader = newFunction('Reader');
  bus.grantQuarantine(reader);
  const queue = new sqs.Queue(stack, 'Queue', { encryptionMasterKey: encryptionKey, visibilityTimeout: Duration.minutes(1) });
  reader.addEventSource(new sources.SqsEventSource(queue, { reportBatchItemFailures: true }));
  new EventRule(stack, 'Rule', { bus, queue, event: overdue });
  assembly = app.synth().directory;
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

let nowMs = Date.UTC(2026, 10, 21, 12);
let emulator: Emulator;
let events: EmulatorEvent[];
const clients: { destroy(): void }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await emulator.stop();
});

async function start(transform: (stacks: AssemblyStack[]) => AssemblyStack[] = (stacks) => stacks): Promise<void> {
  events = [];
  const sink = new EventSink();
  sink.listen((event) => events.push(event));
  emulator = await Emulator.start({ assembly, port: 0, events: sink, now: () => nowMs, transform });
}

/** What a client needs to work as a function's role. */
function as(functionName: string) {
  const { endpoint, functions, region } = emulator.world;
  const principal = [...functions.values()].find(({ definition }) => definition.name === functionName)?.definition.principal;
  if (!principal) throw new Error(`There is no function ${functionName}.`);
  return { region, endpoint: endpoint.url, credentials: endpoint.issueCredentials(principal), maxAttempts: 1 };
}

function queueNamed(part: string): Queue {
  const found = [...emulator.world.sqs.queues.values()].find(({ definition }) => definition.name.includes(part));
  if (!found) throw new Error(`There is no queue with ${part} in its name.`);
  return found;
}

function publisher() {
  const client = new EventBridge(as('Producer'));
  clients.push(client);
  return createPublisher({ client, bus: emulator.output('BusName') });
}

/** Names of the alarms that are raised when the period has passed in which the queues are measured now. */
const alarms = (): string[] => {
  emulator.world.monitoring.evaluate();
  nowMs += 5 * 60_000;
  emulator.world.monitoring.evaluate();
  return emulator.world.monitoring.alarmStates.filter(({ state }) => state === 'ALARM').map(({ definition }) => definition.name);
};
const settle = async () => {
  await emulator.world.background.settle();
  await emulator.world.eventSources.settle();
};

test('an event comes from its producer to its reader, once, under its id', async () => {
  await start();
  await publisher().publish(overdue, { customer: 'c' }, { id: 'inv-1' });
  await settle();
  const read = () => events.flatMap((event) => (event.kind === 'log' && event.line.includes('"read"') ? [event.line] : []));
  await until(() => read().length > 0, 'the reader has read');
  expect(read()).toEqual(['{"read":["inv-1"]}']);
  expect(alarms()).toEqual([]);
  expect(events.filter(({ kind }) => kind === 'denied' || kind === 'undelivered')).toEqual([]);
});

test('a producer may put the events of its contracts, and no others', async () => {
  await start();
  await expect(publisher().publish(other, { customer: 'c' })).rejects.toThrow(
    /^1 of 1 events were not published.*AccessDenied.*events:PutEvents/,
  );
});

test('what could not be delivered is in the dead-letter queue of the bus, and raises its alarm', async () => {
  await start((stacks) => withoutStatements(stacks, 'QueuePolicy'));
  await publisher().publish(overdue, { customer: 'c' }, { id: 'inv-2' });
  await settle();
  const [message] = queueNamed('Undelivered').messages;
  expect(JSON.parse(message?.body ?? '{}')).toMatchObject({ detail: { id: 'inv-2' } });
  expect(message?.attributes).toMatchObject({ ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } });
  expect(alarms()).toEqual([expect.stringContaining('UndeliveredEvents')]);
});

test('what cannot be read is in the quarantine, with the reason, and raises its alarm', async () => {
  await start();
  const client = new SQS(as('Reader'));
  clients.push(client);
  const quarantine = createQuarantine({ client, queueUrl: emulator.world.sqs.urlOf(queueNamed('Quarantine')), reader: 'reader' });
  const error = (() => {
    try {
      return readEvent(overdue, '{"detail":');
    } catch (thrown) {
      return thrown;
    }
  })();
  if (!(error instanceof InvalidEventError)) throw new Error('It was read.');
  await quarantine('{"detail":', error);
  expect(queueNamed('Quarantine').messages).toEqual([
    expect.objectContaining({
      body: '{"detail":',
      attributes: expect.objectContaining({ ERROR_CODE: { DataType: 'String', StringValue: 'not_json' } }),
    }),
  ]);
  expect(alarms()).toEqual([expect.stringContaining('QuarantinedEvents')]);
});

/** Takes every statement that lets somebody in out of the queue policies whose logical id begins so. */
function withoutStatements(stacks: readonly AssemblyStack[], id: string): AssemblyStack[] {
  const changed = structuredClone(stacks) as AssemblyStack[];
  let taken = 0;
  for (const [logicalId, resource] of changed.flatMap(({ template }) => Object.entries(template.Resources))) {
    if (!logicalId.startsWith(id)) continue;
    const { PolicyDocument } = resource.Properties as unknown as { PolicyDocument: { Statement: { Effect: string }[] } };
    const kept = PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Deny');
    taken += PolicyDocument.Statement.length - kept.length;
    PolicyDocument.Statement = kept;
  }
  if (taken === 0) throw new Error(`No statement of ${id} was there to take.`);
  return changed;
}
