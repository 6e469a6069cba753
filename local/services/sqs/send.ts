import { createHash } from 'node:crypto';
import { ServiceError } from '../../service';
import { isJsonObject } from '../json-protocol';
import { invalidValue, missing } from './errors';
import { type Input, integerOf, refuseOthers } from './members';
import type { Message } from './message';
import { bytesOfAttributes, md5OfAttributes, readMessageAttributes } from './message-attributes';
import type { NewMessage, Queue } from './queue';

/** Of a message, and of the messages of a batch together; since 2025 a mebibyte. */
export const MAX_MESSAGE_BYTES = 1_048_576;
export const MAX_DELAY_SECONDS = 900;

export interface MessageToSend extends NewMessage {
  readonly bytes: number;
}

/**
 * A message in a request, within the queue's limit.
 *
 * @throws ServiceError
 */
export function readMessage(operation: string, input: Input, senderId: string, { definition }: Queue): MessageToSend {
  refuseFifo(input);
  refuseOthers(operation, input, ['QueueUrl', 'Id', 'MessageBody', 'MessageAttributes', 'MessageSystemAttributes', 'DelaySeconds']);
  const { MessageBody: body } = input;
  if (typeof body !== 'string' || body === '') throw missing('MessageBody');
  if (hasForbiddenCharacter(body)) {
    throw new ServiceError(
      'InvalidMessageContents',
      'Invalid characters found in the message body. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
    );
  }
  const attributes = readMessageAttributes(input.MessageAttributes);
  const bytes = Buffer.byteLength(body) + bytesOfAttributes(attributes);
  if (bytes > definition.maximumMessageBytes) {
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${definition.maximumMessageBytes} bytes.`);
  }
  const delaySeconds = integerOf(input, 'DelaySeconds', 0, MAX_DELAY_SECONDS);
  const traceHeader = traceHeaderOf(input.MessageSystemAttributes);
  return {
    body,
    attributes,
    senderId,
    bytes,
    ...(delaySeconds !== undefined && { delayMs: delaySeconds * 1000 }),
    ...(traceHeader !== undefined && { traceHeader }),
  };
}

/** What the sender is answered. */
export function sent({ id, body, attributes }: Message): Input {
  const md5 = md5OfAttributes(attributes);
  return { MessageId: id, MD5OfMessageBody: md5Of(body), ...(md5 !== undefined && { MD5OfMessageAttributes: md5 }) };
}

export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function refuseFifo(input: Input): void {
  for (const name of ['MessageGroupId', 'MessageDeduplicationId']) {
    if (input[name] !== undefined)
      throw invalidValue(
        `The request includes a parameter that is not emulated for standard queues: ${name}. FIFO queues are not emulated.`,
      );
  }
}

function traceHeaderOf(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  const { AWSTraceHeader: header, ...others } = readMessageAttributes(isJsonObject(given) ? given : {});
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidValue(`MessageSystemAttributes takes AWSTraceHeader; received ${unknown}.`);
  return header?.StringValue;
}

/** SQS takes what XML 1.0 takes: no control characters but tab and line ends, no half of a surrogate pair, not U+FFFE and U+FFFF. */
function hasForbiddenCharacter(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const isControl = point < 0x20 && character !== '\t' && character !== '\n' && character !== '\r';
    if (isControl || (point >= 0xd800 && point <= 0xdfff) || point === 0xfffe || point === 0xffff) return true;
  }
  return false;
}
