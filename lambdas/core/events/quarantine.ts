import type { InvalidEventError } from './invalid-event-error';

/** What is used of the SDK's client: `new SQS({})` of `@aws-sdk/client-sqs` is one. */
export interface SendMessageClient {
  sendMessage(input: {
    QueueUrl: string;
    MessageBody: string;
    MessageAttributes: Record<string, { DataType: string; StringValue: string }>;
  }): Promise<unknown>;
}

export interface QuarantineOptions {
  readonly client: SendMessageClient;
  readonly queueUrl: string;
  /** Who could not read it: the name of an agent. */
  readonly reader: string;
}

/** Keeps what cannot be read, as it came, beside the reason. Rejects when it could not be kept: the message has to stay where it is. */
export type Quarantine = (body: string, error: InvalidEventError) => Promise<void>;

/** Enough to say what is wrong; the body has to fit beside it. */
const MAX_REASON_LENGTH = 1_000;

/** The queue of an `EventBus` for events that no reader can make sense of, however often they are delivered. */
export function createQuarantine({ client, queueUrl, reader }: QuarantineOptions): Quarantine {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  return async (body, { reason, message }) => {
    await client.sendMessage({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageAttributes: { READER: text(reader), ERROR_CODE: text(reason), ERROR_MESSAGE: text(sendable(message)) },
    });
  };
}

/** SQS takes no control characters, which field names may hold. */
function sendable(message: string): string {
  const characters = Array.from(message.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD'));
  return characters.slice(0, MAX_REASON_LENGTH).join('');
}
