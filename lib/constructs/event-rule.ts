import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { allowEventBridge } from './allow-event-bridge';
import type { EventBus } from './event-bus';

/** Of an event's contract, what buses and rules go by; what `defineEvent` returns is one. */
export interface EventName {
  /** The event's `detail-type`. */
  readonly name: string;
  /** The event's `source`. */
  readonly owner: string;
}

export interface EventRuleProps {
  readonly bus: EventBus;
  /** Whose events are sent, of whatever version: its reader puts those that it does not know into the quarantine. */
  readonly event: EventName;
  /** Only events whose data have one of these values, by the name of a field. @default - all */
  readonly where?: Readonly<Record<string, string[]>>;
  /** Gets them, in the form in which EventBridge delivers events. Of the same stack as this. */
  readonly queue: sqs.IQueue;
}

/** Sends the events of one contract to a queue, which lets this rule alone; what the queue does not take lies in the dead-letter queue of the bus. */
export class EventRule extends Construct {
  readonly rule: events.Rule;

  constructor(scope: Construct, id: string, { bus, event, queue, where }: EventRuleProps) {
    super(scope, id);
    this.rule = new events.Rule(this, 'Resource', {
      description: `Sends ${event.name} to its reader`,
      eventBus: bus.bus,
      eventPattern: { source: [event.owner], detailType: [event.name], ...(where && { detail: { data: where } }) },
    });
    // CDK's own target would let every rule of the account send where the queue has a key.
    this.rule.addTarget({ bind: () => ({ arn: queue.queueArn, deadLetterConfig: { arn: bus.undelivered.queueArn } }) });
    queue.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': this.rule.ruleArn } },
      }),
    );
    if (queue.encryptionMasterKey) allowEventBridge(queue.encryptionMasterKey, this);
  }
}
