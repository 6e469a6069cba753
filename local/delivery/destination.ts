import type { Access, ConditionContext, Decision, Principal } from '../iam/types';
import { callFunction } from '../lambda/call-function';
import type { LambdaFunction } from '../lambda/function';
import type { EventSink } from '../events';
import type { SqsService } from '../services/sqs';
import { MAX_MESSAGE_BYTES } from '../services/sqs/send';
import type { MessageAttributes } from '../services/sqs/message-attributes';
import type { Background } from './background';

/** On whose behalf something is delivered: a service of AWS for a rule, or the role of a schedule. */
export interface Sender {
  readonly principal: Principal;
  readonly context: ConditionContext;
}

/** Why a delivery failed, in EventBridge's codes. None of these is tried again: a grant that is missing stays missing. */
export interface Failure {
  readonly code: 'NO_PERMISSIONS' | 'NO_RESOURCE' | 'INVALID_JSON' | 'TARGET_LIMIT';
  readonly message: string;
}

/** Where EventBridge and Scheduler can put something. */
export interface Destination {
  readonly arn: string;
  /** Puts a text there; for a function it is the event, as JSON. @returns Why it is not there */
  deliver(payload: string, sender: Sender, attributes?: MessageAttributes): Failure | undefined;
}

export interface DestinationOptions {
  readonly sqs: SqsService;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly authorize: (principal: Principal, access: Access) => Decision;
  readonly events: EventSink;
  readonly background: Background;
}

/** Undefined for what is neither a queue nor a function of the templates. */
export function destinationOf(arn: string, options: DestinationOptions): Destination | undefined {
  const lambda = options.functions.get(arn);
  if (lambda) return functionDestination(lambda, options);
  return options.sqs.queues.has(arn) ? queueDestination(arn, options) : undefined;
}

/** Sending needs the queue's consent and, where the queue is encrypted, its key's. */
function queueDestination(arn: string, { sqs, authorize }: DestinationOptions): Destination {
  return {
    arn,
    deliver(payload, { principal, context }, attributes) {
      const refusal = sqs.refusalToSend(principal, arn, context, authorize);
      if (refusal !== undefined) return { code: 'NO_PERMISSIONS', message: refusal };
      const queue = sqs.queues.get(arn);
      if (!queue) return { code: 'NO_RESOURCE', message: `There is no queue ${arn}.` };
      const { maximumMessageBytes } = queue.definition;
      if (Buffer.byteLength(payload) > Math.min(maximumMessageBytes, MAX_MESSAGE_BYTES)) {
        return { code: 'TARGET_LIMIT', message: `The message is longer than the ${maximumMessageBytes} bytes that ${arn} takes.` };
      }
      queue.send({ body: payload, attributes, senderId: principal.kind === 'role' ? principal.sessionArn : principal.name });
      return undefined;
    },
  };
}

/** An asynchronous call: delivered once it is accepted, whatever becomes of it. */
function functionDestination(lambda: LambdaFunction, { authorize, events, background }: DestinationOptions): Destination {
  return {
    arn: lambda.arn,
    deliver(payload, { principal, context }) {
      const access = { action: 'lambda:InvokeFunction', resource: lambda.arn, resourcePolicy: lambda.resourcePolicy, context };
      const decision = authorize(principal, access);
      if (!decision.allowed) return { code: 'NO_PERMISSIONS', message: decision.reason };
      let event: unknown;
      try {
        event = JSON.parse(payload);
      } catch {
        return { code: 'INVALID_JSON', message: `The event for ${lambda.arn} is not JSON: ${payload.slice(0, 200)}` };
      }
      background.run(async () => {
        const outcome = await callFunction(lambda, event).catch((error: Error) => ({
          failure: { errorType: error.name, errorMessage: error.message },
        }));
        if (!('failure' in outcome)) return;
        const { errorType, errorMessage } = outcome.failure;
        const reason = `called asynchronously, and not again here: ${errorType}: ${errorMessage}`;
        events.emit({ kind: 'crash', functionName: lambda.definition.name, reason });
      });
      return undefined;
    },
  };
}
