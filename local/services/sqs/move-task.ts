import { randomUUID } from 'node:crypto';
import { ServiceError } from '../../service';
import type { Input } from './members';
import type { Queue } from './queue';

/** A redrive that has run: here it runs whole when it is started. */
export interface MoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly maxPerSecond?: number;
  readonly startedAtMs: number;
  readonly moved: number;
  readonly toMove: number;
  /** Why it did not move them all. */
  readonly failure?: string;
}

export interface MoveRequest {
  readonly source: Queue;
  /** @default - each message goes back to the queue from which it came */
  readonly destination?: Queue;
  readonly maxPerSecond?: number;
}

/**
 * Moves every visible message of a dead-letter queue. As in AWS each becomes a new message, with an id and a time of its own, and is sent as by SQS.
 * A message that came from no queue ends the task where no destination is given.
 */
export function moveMessages(
  { source, destination, maxPerSecond }: MoveRequest,
  queueOf: (arn: string) => Queue | undefined,
  nowMs: number,
): MoveTask {
  const visible = source.messages.filter(({ visibleAtMs }) => visibleAtMs <= nowMs);
  let moved = 0;
  let failure: string | undefined;
  for (const message of visible) {
    const target = destination ?? (message.deadLetterSourceArn === undefined ? undefined : queueOf(message.deadLetterSourceArn));
    if (!target) {
      failure = 'CouldNotDetermineMessageSource';
      break;
    }
    source.take(message);
    const { body, attributes, traceHeader, senderId } = message;
    target.send({ body, attributes, senderId, ...(traceHeader !== undefined && { traceHeader }) });
    moved += 1;
  }
  return {
    handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64'),
    sourceArn: source.arn,
    ...(destination && { destinationArn: destination.arn }),
    ...(maxPerSecond !== undefined && { maxPerSecond }),
    startedAtMs: nowMs,
    moved,
    toMove: visible.length,
    ...(failure !== undefined && { failure }),
  };
}

/** As `ListMessageMoveTasks` answers it. */
export function describeTask(task: MoveTask): Input {
  return {
    Status: task.failure === undefined ? 'COMPLETED' : 'FAILED',
    SourceArn: task.sourceArn,
    ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
    ...(task.maxPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.maxPerSecond }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAtMs,
  };
}

export function requireDeadLetterQueue(source: Queue | undefined, arn: string, queues: Iterable<Queue>): Queue {
  if (!source)
    throw new ServiceError(
      'ResourceNotFoundException',
      `The resource that you specified for the SourceArn parameter doesn't exist: ${arn}.`,
      404,
    );
  for (const { definition } of queues) if (definition.redrive?.deadLetterArn === arn) return source;
  throw new ServiceError('InvalidParameterValueException', 'Source queue must be configured as a Dead Letter Queue.');
}
