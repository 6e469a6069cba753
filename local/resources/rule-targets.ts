import { type Destination, destinationOf } from '../delivery/destination';
import type { ScheduleTarget } from '../schedules/schedules';
import type { Rule, RuleTarget } from '../services/events/bus';
import { deliverEvent, type RuleDeliveryOptions } from '../services/events/deliver-event';
import { type InputProperties, parseInput } from '../services/events/input';
import type { ResourceContext, World } from '../world';
import { noteUnevaluated } from './note-unevaluated';

interface TargetProperties extends InputProperties {
  readonly Id: string;
  readonly Arn: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
}

const TYPE = 'AWS::Events::Rule';
/** What fails here is never worth another attempt, so that a retry policy is checked and has nothing to do. */
const PROPERTIES = ['Id', 'Arn', 'Input', 'InputPath', 'InputTransformer', 'DeadLetterConfig', 'RetryPolicy'];
const FUNCTION_ON_SCHEDULE_PROPERTIES = ['Id', 'Arn', 'Input'];

/** Targets of a rule that looks at events. */
export function ruleTargetsOf(targets: unknown, context: ResourceContext): readonly RuleTarget[] {
  return propertiesOf(targets).flatMap((target) => {
    const read = targetOf(target, context);
    return read ? [read] : [];
  });
}

/** Targets of a rule on a schedule: the answer of a function is waited for, so that whoever fires it by hand gets it. */
export function scheduleTargetsOf(
  targets: unknown,
  rule: Pick<Rule, 'name' | 'arn' | 'busName'>,
  context: ResourceContext,
): readonly ScheduleTarget[] {
  return propertiesOf(targets).flatMap((target): ScheduleTarget[] => {
    const lambda = context.world.functions.get(target.Arn);
    if (lambda) {
      noteUnevaluated(`${TYPE}, target ${target.Id}`, { ...target }, FUNCTION_ON_SCHEDULE_PROPERTIES, context);
      return [{ lambda, ...(target.Input !== undefined && { input: JSON.parse(target.Input) as unknown }) }];
    }
    const read = targetOf(target, context);
    if (!read) return [];
    return [{ arn: target.Arn, deliver: (event) => deliverEvent(rule, read, event, deliveryOptions(context.world)) }];
  });
}

export function deliveryOptions({ accountId, events, now, monitoring }: World): RuleDeliveryOptions {
  return { accountId, events, now, putCounts: (...counts) => monitoring.putCounts(...counts) };
}

function targetOf(target: TargetProperties, context: ResourceContext): RuleTarget | undefined {
  const { world, stack, logicalId } = context;
  noteUnevaluated(`${TYPE}, target ${target.Id}`, { ...target }, PROPERTIES, context);
  const destination = destinationOf(target.Arn, world.destinations);
  if (!destination) {
    world.notEvaluated.add(
      `target ${target.Arn} of ${stack.name}/${logicalId} (${TYPE}): only functions and queues of the templates are reached`,
    );
    return undefined;
  }
  checkRetryPolicy(target);
  const deadLetter = deadLetterOf(target, world);
  return { id: target.Id, destination, input: parseInput(target), ...(deadLetter && { deadLetter }) };
}

function deadLetterOf({ Id: id, DeadLetterConfig: config }: TargetProperties, { sqs, destinations }: World): Destination | undefined {
  const { Arn: arn } = config ?? {};
  if (arn === undefined) return undefined;
  const found = sqs.queues.has(arn) ? destinationOf(arn, destinations) : undefined;
  if (!found) throw new Error(`the dead-letter queue ${arn} of its target ${id} is no queue of the templates.`);
  return found;
}

function checkRetryPolicy({ Id: id, RetryPolicy: policy = {} }: TargetProperties): void {
  const { MaximumRetryAttempts: attempts = 185, MaximumEventAgeInSeconds: ageSeconds = 86_400 } = policy;
  if (!isBetween(attempts, 0, 185)) throw new Error(`its target ${id} has MaximumRetryAttempts ${attempts}; it takes 0 to 185.`);
  if (!isBetween(ageSeconds, 60, 86_400))
    throw new Error(`its target ${id} has MaximumEventAgeInSeconds ${ageSeconds}; it takes 60 to 86400.`);
}

function isBetween(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

function propertiesOf(targets: unknown): readonly TargetProperties[] {
  return (targets ?? []) as readonly TargetProperties[];
}
