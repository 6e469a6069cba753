import { randomUUID } from 'node:crypto';
import { type Destination, destinationOf } from '../delivery/destination';
import { type Due, UnsupportedScheduleError } from '../schedules/due';
import { parseSchedulerExpression } from '../schedules/schedule-expression';
import { type SchedulerTarget, deliverScheduled } from '../schedules/deliver-scheduled';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';
import { noteUnevaluated } from './note-unevaluated';
import { busDestination } from '../delivery/bus-destination';

const TYPE = 'AWS::Scheduler::Schedule';
const PROPERTIES = [
  'Name',
  'Description',
  'GroupName',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  // A window says how much later it may be: at once is within it.
  'FlexibleTimeWindow',
  'State',
  'Target',
];
const TARGET_PROPERTIES = ['Arn', 'RoleArn', 'Input', 'DeadLetterConfig', 'EventBridgeParameters', 'RetryPolicy'];
const DEFAULT_GROUP = 'default';

interface TargetProperties {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly EventBridgeParameters?: { readonly DetailType: string; readonly Source: string };
}

export const schedulerResources: ResourceRegistry = {
  'AWS::Scheduler::ScheduleGroup': ({ Name }, context) => {
    const { region, accountId } = context.world;
    const name = typeof Name === 'string' ? Name : physicalName(context);
    return { ref: name, attributes: { Arn: `arn:aws:scheduler:${region}:${accountId}:schedule-group/${name}` } };
  },
  [TYPE]: (properties, context) => {
    const { world } = context;
    noteUnevaluated(TYPE, properties, PROPERTIES, context);
    const name = typeof properties.Name === 'string' ? properties.Name : physicalName(context);
    const group = String(properties.GroupName ?? DEFAULT_GROUP);
    const arn = `arn:aws:scheduler:${world.region}:${world.accountId}:schedule/${group}/${name}`;
    const target = targetOf(properties.Target as TargetProperties, context);
    const due = properties.State === 'DISABLED' ? undefined : dueOf(properties, context);
    const { accountId, events, permissions } = world;
    const options = { arn, group, accountId, region: world.region, events, authorize: permissions.authorize, executionId: randomUUID };
    if (target) {
      const deliver = ({ time }: { readonly time: string }) => deliverScheduled(target, time, options);
      world.schedules.add({ name, arn, due, targets: [{ arn: target.destination.arn, deliver }] });
    }
    return { ref: name, attributes: { Arn: arn } };
  },
};

function targetOf(given: TargetProperties, context: ResourceContext): SchedulerTarget | undefined {
  const { world, stack, logicalId } = context;
  noteUnevaluated(`${TYPE}, its target`, { ...given }, TARGET_PROPERTIES, context);
  const role = [...world.roles.values()].find(({ arn }) => arn === given.RoleArn);
  if (!role) throw new Error(`the role ${given.RoleArn} of its target is not in the templates.`);
  const destination = destinationFor(given, context);
  if (!destination) {
    world.notEvaluated.add(
      `target ${given.Arn} of ${stack.name}/${logicalId} (${TYPE}): only functions, queues and buses of the templates are reached`,
    );
    return undefined;
  }
  const deadLetter = deadLetterOf(given, context);
  return { destination, role, ...(given.Input !== undefined && { input: given.Input }), ...(deadLetter && { deadLetter }) };
}

function destinationFor({ Arn: arn, EventBridgeParameters: names }: TargetProperties, { world }: ResourceContext): Destination | undefined {
  const bus = arn.includes(':event-bus/') ? world.eventBridge.busOf(arn) : undefined;
  if (!bus) return destinationOf(arn, world.destinations);
  if (!names) throw new Error(`its target is the bus ${arn}; it needs EventBridgeParameters with DetailType and Source.`);
  return busDestination(bus.arn, names, world.eventBridge, world.permissions.authorize);
}

function deadLetterOf({ DeadLetterConfig: config }: TargetProperties, { world }: ResourceContext): Destination | undefined {
  const { Arn: arn } = config ?? {};
  if (arn === undefined) return undefined;
  const found = world.sqs.queues.has(arn) ? destinationOf(arn, world.destinations) : undefined;
  if (!found) throw new Error(`its dead-letter queue ${arn} is no queue of the templates.`);
  return found;
}

function dueOf(
  { ScheduleExpression: expression, ScheduleExpressionTimezone: zone = 'UTC' }: Record<string, unknown>,
  context: ResourceContext,
): Due | undefined {
  const { world, stack, logicalId } = context;
  try {
    const due = parseSchedulerExpression(String(expression), world.now());
    if (zone === 'UTC') return due;
    throw new UnsupportedScheduleError(`ScheduleExpressionTimezone ${String(zone)}`);
  } catch (error) {
    if (!(error instanceof UnsupportedScheduleError)) throw error;
    world.notEvaluated.add(`${error.message} of ${stack.name}/${logicalId}: it is fired by hand alone`);
    return undefined;
  }
}
