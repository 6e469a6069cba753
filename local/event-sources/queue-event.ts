import type { Received } from '../services/sqs/message';
import type { MessageAttribute } from '../services/sqs/message-attributes';
import { md5OfAttributes } from '../services/sqs/message-attributes';
import { systemAttributesOf } from '../services/sqs/receive';
import { md5Of } from '../services/sqs/send';

/** The event of a function whose source is a queue. */
export function queueEventOf(batch: readonly Received[], queueArn: string, region: string): { readonly Records: readonly unknown[] } {
  return {
    Records: batch.map(({ message, receiptHandle }) => {
      const md5 = md5OfAttributes(message.attributes);
      return {
        messageId: message.id,
        receiptHandle,
        body: message.body,
        attributes: systemAttributesOf(message),
        messageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([name, attribute]) => [name, attributeOf(attribute)]),
        ),
        md5OfBody: md5Of(message.body),
        ...(md5 !== undefined && { md5OfMessageAttributes: md5 }),
        eventSource: 'aws:sqs',
        eventSourceARN: queueArn,
        awsRegion: region,
      };
    }),
  };
}

function attributeOf({ DataType, StringValue, BinaryValue }: MessageAttribute): Readonly<Record<string, unknown>> {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}
