import type { Failure, Sender } from '../../delivery/destination';
import type { EventSink } from '../../events';
import type { Monitoring } from '../../metrics/monitoring';
import { type BusEvent, type Rule, type RuleTarget, secondsText } from './bus';

export interface RuleDeliveryOptions {
  readonly accountId: string;
  readonly events: EventSink;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly putCounts: Monitoring['putCounts'];
}

const EVENTBRIDGE = 'events.amazonaws.com';

type RuleName = Pick<Rule, 'name' | 'arn' | 'busName'>;

/**
 * Hands an event to one target of a rule, as EventBridge itself: the target's own policy must let it. What cannot be delivered goes to the target's
 * dead-letter queue, which must let it too; without one it is dropped. Metrics and an event of the emulator say so.
 *
 * @returns Why it was not delivered
 */
export function deliverEvent(rule: RuleName, target: RuleTarget, event: BusEvent, options: RuleDeliveryOptions): Failure | undefined {
  const { accountId, now } = options;
  const sender: Sender = {
    principal: { kind: 'service', name: EVENTBRIDGE, accountId },
    context: { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': accountId },
  };
  const payload = target.input(event, { ruleArn: rule.arn, ruleName: rule.name, ingestedAt: secondsText(now()) });
  const failure = target.destination.deliver(payload, sender);
  countForRule(rule, { Invocations: 1, ...(failure && { FailedInvocations: 1 }) }, options);
  if (!failure) return undefined;
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const unsaved = target.deadLetter?.deliver(payload, sender, {
    RULE_ARN: text(rule.arn),
    TARGET_ARN: text(target.destination.arn),
    ERROR_CODE: text(failure.code),
    ERROR_MESSAGE: text(failure.message),
  });
  if (target.deadLetter) countForRule(rule, unsaved ? { InvocationsFailedToBeSentToDlq: 1 } : { InvocationsSentToDlq: 1 }, options);
  const isSaved = target.deadLetter !== undefined && unsaved === undefined;
  options.events.emit({
    kind: 'undelivered',
    from: rule.arn,
    target: target.destination.arn,
    code: failure.code,
    reason: failure.message,
    ...(isSaved
      ? { deadLetterArn: target.deadLetter?.arn }
      : { lost: unsaved ? `the dead-letter queue: ${unsaved.message}` : 'the target has no dead-letter queue' }),
  });
  return failure;
}

/** By the rule alone, and by its bus too: AWS has the second for rules on buses other than the default one. */
export function countForRule(
  { name, busName }: RuleName,
  counts: Readonly<Record<string, number>>,
  { putCounts }: RuleDeliveryOptions,
): void {
  putCounts('AWS/Events', { RuleName: name }, counts);
  putCounts('AWS/Events', { EventBusName: busName, RuleName: name }, counts);
}
