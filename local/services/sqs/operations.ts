import { ServiceError } from '../../service';
import type { SqsCall } from '../sqs';
import type { SqsOperationName } from './access';
import { queueAttributes } from './attributes';
import { eachEntry, readEntries } from './batch';
import { invalidValue } from './errors';
import { type Input, integerOf, namesOf, refuseOthers, requireText } from './members';
import { describeTask, moveMessages, requireDeadLetterQueue } from './move-task';
import type { Queue } from './queue';
import { received, receiveWithin } from './receive';
import { MAX_MESSAGE_BYTES, type MessageToSend, readMessage, sent } from './send';

const MAX_RECEIVE = 10;
const MAX_WAIT_SECONDS = 20;
const MAX_VISIBILITY_SECONDS = 43_200;
const PURGE_INTERVAL_MS = 60_000;
const MAX_TASKS_LISTED = 10;

/** How each operation runs, once it is allowed. */
export const OPERATIONS: Readonly<Record<SqsOperationName, (call: SqsCall) => Input | Promise<Input>>> = {
  SendMessage: (call) => {
    const queue = call.queue();
    return sent(queue.send(readMessage(call.name, call.input, senderOf(call), queue)));
  },
  SendMessageBatch: (call) => {
    refuseOthers(call.name, call.input, ['QueueUrl', 'Entries']);
    const queue = call.queue();
    const entries = readEntries(call.input);
    const messages = new Map<Input, MessageToSend>();
    const read = (entry: Input): MessageToSend => readMessage(call.name, entry, senderOf(call), queue);
    const checked = eachEntry(entries, (entry) => {
      messages.set(entry, read(entry));
      return {};
    });
    const bytes = [...messages.values()].reduce((sum, message) => sum + message.bytes, 0);
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new ServiceError(
        'BatchRequestTooLong',
        `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
      );
    }
    const Successful = [...messages].map(([{ Id }, message]) => ({ Id, ...sent(queue.send(message)) }));
    return { ...checked, Successful };
  },
  ReceiveMessage: async (call) => {
    const { input } = call;
    refuseOthers(call.name, input, [
      'QueueUrl',
      'AttributeNames',
      'MessageSystemAttributeNames',
      'MessageAttributeNames',
      'MaxNumberOfMessages',
      'VisibilityTimeout',
      'WaitTimeSeconds',
    ]);
    const queue = call.queue();
    const limit = integerOf(input, 'MaxNumberOfMessages', 1, MAX_RECEIVE) ?? 1;
    const visibility = integerOf(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS);
    const wait = integerOf(input, 'WaitTimeSeconds', 0, MAX_WAIT_SECONDS);
    const messages = await receiveWithin(queue, {
      limit,
      ...(visibility !== undefined && { visibilityTimeoutMs: visibility * 1000 }),
      waitMs: wait === undefined ? queue.definition.receiveWaitMs : wait * 1000,
      timePasses: call.timePasses,
      signal: call.request.signal,
    });
    const systemNames = [...namesOf(input, 'AttributeNames'), ...namesOf(input, 'MessageSystemAttributeNames')];
    const names = namesOf(input, 'MessageAttributeNames');
    return messages.length === 0 ? {} : { Messages: messages.map((message) => received(message, systemNames, names)) };
  },
  DeleteMessage: ({ input, queue }) => deleteOne(queue(), input),
  DeleteMessageBatch: ({ input, queue }) => {
    const target = queue();
    return eachEntry(readEntries(input), (entry) => deleteOne(target, entry));
  },
  ChangeMessageVisibility: ({ input, queue }) => changeOne(queue(), input),
  ChangeMessageVisibilityBatch: ({ input, queue }) => {
    const target = queue();
    return eachEntry(readEntries(input), (entry) => changeOne(target, entry));
  },
  GetQueueUrl: ({ queue, urlOf }) => ({ QueueUrl: urlOf(queue()) }),
  GetQueueAttributes: ({ input, queue, startedAtMs }) => {
    const attributes = queueAttributes(queue(), namesOf(input, 'AttributeNames'), startedAtMs);
    return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
  },
  ListDeadLetterSourceQueues: ({ queue, queues, urlOf }) => {
    const { arn } = queue();
    const sources = [...queues.values()].filter(({ definition }) => definition.redrive?.deadLetterArn === arn);
    return { queueUrls: sources.map(urlOf) };
  },
  PurgeQueue: ({ queue, now }) => {
    const target = queue();
    if (target.purgedAtMs !== undefined && now() - target.purgedAtMs < PURGE_INTERVAL_MS) {
      throw new ServiceError(
        'PurgeQueueInProgress',
        `Only one PurgeQueue operation on ${target.definition.name} is allowed every 60 seconds.`,
        403,
      );
    }
    target.purge();
    return {};
  },
  StartMessageMoveTask: (call) => {
    const { input, queues, tasks, now } = call;
    refuseOthers(call.name, input, ['SourceArn', 'DestinationArn', 'MaxNumberOfMessagesPerSecond']);
    const sourceArn = requireText(input, 'SourceArn');
    const source = requireDeadLetterQueue(queues.get(sourceArn), sourceArn, queues.values());
    const destinationArn = input.DestinationArn === undefined ? undefined : requireText(input, 'DestinationArn');
    const destination = destinationArn === undefined ? undefined : queues.get(destinationArn);
    if (destinationArn !== undefined && !destination) {
      throw new ServiceError(
        'ResourceNotFoundException',
        `The resource that you specified for the DestinationArn parameter doesn't exist: ${destinationArn}.`,
        404,
      );
    }
    const maxPerSecond = integerOf(input, 'MaxNumberOfMessagesPerSecond', 1, 500);
    const task = moveMessages(
      { source, ...(destination && { destination }), ...(maxPerSecond !== undefined && { maxPerSecond }) },
      (arn) => queues.get(arn),
      now(),
    );
    tasks.unshift(task);
    return { TaskHandle: task.handle };
  },
  ListMessageMoveTasks: ({ input, tasks, queues }) => {
    const sourceArn = requireText(input, 'SourceArn');
    requireDeadLetterQueue(queues.get(sourceArn), sourceArn, queues.values());
    const limit = integerOf(input, 'MaxResults', 1, MAX_TASKS_LISTED) ?? 1;
    return {
      Results: tasks
        .filter((task) => task.sourceArn === sourceArn)
        .slice(0, limit)
        .map(describeTask),
    };
  },
};

function deleteOne(queue: Queue, input: Input): Input {
  const handle = requireText(input, 'ReceiptHandle');
  if (queue.delete(handle) === 'unknown') throw unknownHandle(handle);
  return {};
}

function changeOne(queue: Queue, input: Input): Input {
  const handle = requireText(input, 'ReceiptHandle');
  const seconds = integerOf(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS);
  if (seconds === undefined) throw invalidValue('The request must contain the parameter VisibilityTimeout.');
  const outcome = queue.changeVisibility(handle, seconds * 1000);
  if (outcome === 'unknown') throw unknownHandle(handle);
  if (outcome === 'not-in-flight') {
    throw new ServiceError(
      'MessageNotInflight',
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  }
  return {};
}

function unknownHandle(handle: string): ServiceError {
  return new ServiceError('ReceiptHandleIsInvalid', `The input receipt handle "${handle.slice(0, 100)}" is not a valid receipt handle.`);
}

/** As AWS has it for a role's session: the role's id and the session's name. */
function senderOf({ request: { principal } }: SqsCall): string {
  const role = principal.roleArn.replace(/^.*\//, '');
  return `AROA${role}:${principal.sessionArn.replace(/^.*\//, '')}`;
}
