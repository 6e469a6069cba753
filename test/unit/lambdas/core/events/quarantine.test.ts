import { createQuarantine, InvalidEventError, type SendMessageClient } from '../../../../../lambdas/core/events';

type Sent = Parameters<SendMessageClient['sendMessage']>[0];

test('a body is kept as it came, beside the reason', async () => {
  const sent: Sent[] = [];
  const client: SendMessageClient = { sendMessage: async (input) => sent.push(input) };
  const quarantine = createQuarantine({ client, queueUrl: 'https://queue', reader: 'churn' });
  await quarantine('{', new InvalidEventError('not_json', `control \u0000 and lone \ud800, then ${'😀'.repeat(2_000)}`));
  expect(sent).toEqual([
    {
      QueueUrl: 'https://queue',
      MessageBody: '{',
      MessageAttributes: {
        READER: { DataType: 'String', StringValue: 'churn' },
        ERROR_CODE: { DataType: 'String', StringValue: 'not_json' },
        ERROR_MESSAGE: { DataType: 'String', StringValue: expect.stringMatching(/^control \uFFFD and lone \uFFFD, then (😀)+$/u) },
      },
    },
  ]);
  expect(Array.from(sent[0]?.MessageAttributes.ERROR_MESSAGE?.StringValue ?? '')).toHaveLength(1_000);
});

test('what could not be kept is not taken for kept', async () => {
  const client: SendMessageClient = { sendMessage: () => Promise.reject(new Error('no queue')) };
  const quarantine = createQuarantine({ client, queueUrl: 'https://queue', reader: 'churn' });
  await expect(quarantine('{', new InvalidEventError('not_json', 'x'))).rejects.toThrow('no queue');
});
