import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import { type FailureRecord, findFailure } from '../lambdas/core/agents/failure';

/** A message of a dead-letter queue, with why it failed last. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly sentAtMs: number;
  readonly receiptHandle: string;
  /** Undefined when no agent has said: its process died each time. */
  readonly failure: FailureRecord | undefined;
}

export interface DeadLetterQueues {
  readonly sqs: SQS;
  readonly deadLetterUrl: string;
  /** Where its messages came from. */
  readonly queueUrl: string;
  readonly dynamodb: DynamoDBClient;
  readonly runsTable: string;
}

/** While somebody looks at them, nobody else sees them. */
const LOOK_SECONDS = 60;
const RECEIVE_AT_ONCE = 10;
/** More are for `aws sqs start-message-move-task`. */
const MOST = 1_000;

/** How many messages lie there, about. */
export async function countDeadLetters({ sqs, deadLetterUrl }: Pick<DeadLetterQueues, 'sqs' | 'deadLetterUrl'>): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await sqs.getQueueAttributes({ QueueUrl: deadLetterUrl, AttributeNames: [...names] });
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/**
 * Lets `work` have the messages, or the one with this id; what it does not take out lies there as before.
 *
 * @param work Returns whether the message is done with, and is deleted.
 * @returns the messages that `work` was given
 */
export async function withDeadLetters(
  queues: DeadLetterQueues,
  id: string | undefined,
  work: (letter: DeadLetter) => Promise<boolean>,
): Promise<readonly DeadLetter[]> {
  const received = await receiveAll(queues, id);
  const given: DeadLetter[] = [];
  const left = new Set(received.map(({ ReceiptHandle: handle = '' }) => handle));
  try {
    for (const message of received) {
      if (id !== undefined && message.MessageId !== id) continue;
      const letter = await letterOf(message, queues);
      given.push(letter);
      if (!(await work(letter))) continue;
      await queues.sqs.deleteMessage({ QueueUrl: queues.deadLetterUrl, ReceiptHandle: letter.receiptHandle });
      left.delete(letter.receiptHandle);
    }
  } finally {
    for (const handle of left) await release(queues, handle);
  }
  return given;
}

/** Back to the agent's queue; then, and not before, out of this one: twice is harmless, lost is not. */
export async function redrive({ sqs, queueUrl }: DeadLetterQueues, { body }: DeadLetter): Promise<true> {
  await sqs.sendMessage({ QueueUrl: queueUrl, MessageBody: body });
  return true;
}

async function receiveAll({ sqs, deadLetterUrl }: DeadLetterQueues, id: string | undefined): Promise<readonly Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages: some = [] } = await sqs.receiveMessage({
      QueueUrl: deadLetterUrl,
      MaxNumberOfMessages: RECEIVE_AT_ONCE,
      VisibilityTimeout: LOOK_SECONDS,
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    all.push(...some);
    if (some.length === 0 || all.length >= MOST || some.some(({ MessageId }) => MessageId === id)) return all;
  }
}

async function letterOf(
  { MessageId: id = '', Body: body = '', ReceiptHandle: receiptHandle = '', Attributes = {} }: Message,
  { dynamodb, runsTable }: DeadLetterQueues,
): Promise<DeadLetter> {
  const failure = await findFailure({ client: dynamodb, table: runsTable }, id);
  return { id, body, receiptHandle, failure, sentAtMs: Number(Attributes.SentTimestamp ?? 0) };
}

async function release({ sqs, deadLetterUrl }: DeadLetterQueues, handle: string): Promise<void> {
  await sqs.changeMessageVisibility({ QueueUrl: deadLetterUrl, ReceiptHandle: handle, VisibilityTimeout: 0 });
}
