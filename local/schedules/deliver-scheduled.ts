import type { Destination, Failure } from '../delivery/destination';
import type { EventSink } from '../events';
import type { Access, Decision, Principal } from '../iam/types';
import { principalOf, type Role } from '../world';

/** What a schedule of EventBridge Scheduler calls, and as whom. */
export interface SchedulerTarget {
  readonly destination: Destination;
  readonly role: Role;
  /** @default - the scheduled event */
  readonly input?: string;
  /** @default - what cannot be delivered is dropped */
  readonly deadLetter?: Destination;
}

export interface ScheduledDeliveryOptions {
  /** Of the schedule. */
  readonly arn: string;
  readonly group: string;
  readonly accountId: string;
  readonly region: string;
  readonly events: EventSink;
  readonly authorize: (principal: Principal, access: Access) => Decision;
  readonly executionId: () => string;
}

const SCHEDULER = 'scheduler.amazonaws.com';

/**
 * Hands a schedule's input to its target by its role, which must let Scheduler work as it. What cannot be delivered goes to the dead-letter queue, by
 * the same role.
 *
 * @param time ISO 8601
 * @returns Why it was not delivered
 */
export function deliverScheduled(target: SchedulerTarget, time: string, options: ScheduledDeliveryOptions): Failure | undefined {
  const { destination, role, deadLetter } = target;
  const { arn, events } = options;
  const payload = payloadOf(target, time, options);
  const sender = { principal: principalOf(role, 'scheduler'), context: {} };
  const refusal = refusalToAssume(role, options);
  const failure = refusal ?? destination.deliver(payload, sender);
  if (!failure) return undefined;
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  // Without its role there is nobody who could send it there.
  const unsaved =
    refusal ??
    deadLetter?.deliver(payload, sender, {
      SCHEDULE_ARN: text(arn),
      TARGET_ARN: text(destination.arn),
      SCHEDULED_TIME: text(time),
      ERROR_CODE: text(failure.code),
      ERROR_MESSAGE: text(failure.message),
    });
  const lost = deadLetter ? unsaved && `the dead-letter queue: ${unsaved.message}` : 'the target has no dead-letter queue';
  events.emit({
    kind: 'undelivered',
    from: arn,
    target: destination.arn,
    code: failure.code,
    reason: failure.message,
    ...(lost === undefined ? { deadLetterArn: deadLetter?.arn } : { lost }),
  });
  return failure;
}

/** The trust policy is asked with the schedule's group as the source, as Scheduler gives it. */
function refusalToAssume(role: Role, { accountId, region, group, authorize }: ScheduledDeliveryOptions): Failure | undefined {
  const context = {
    'aws:SourceAccount': accountId,
    'aws:SourceArn': `arn:aws:scheduler:${region}:${accountId}:schedule-group/${group}`,
  };
  const access = { action: 'sts:AssumeRole', resource: role.arn, context, ...(role.trust && { resourcePolicy: withResource(role) }) };
  const decision = authorize({ kind: 'service', name: SCHEDULER, accountId }, access);
  return decision.allowed ? undefined : { code: 'NO_PERMISSIONS', message: decision.reason };
}

/** Statements of a trust policy name no resource: they are about their role. */
function withResource({ trust, arn }: Role) {
  const statements = [trust?.Statement ?? []].flat();
  return { ...trust, Statement: statements.map((statement) => ({ ...statement, Resource: arn })) };
}

function payloadOf({ input }: SchedulerTarget, time: string, { arn, accountId, region, executionId }: ScheduledDeliveryOptions): string {
  const id = executionId();
  if (input === undefined) {
    return JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time,
      region,
      resources: [arn],
      detail: '{}',
    });
  }
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', id)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}
