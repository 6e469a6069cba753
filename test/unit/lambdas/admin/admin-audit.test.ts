import { DynamoDBClient, type ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { createAdminAudit } from '../../../../lambdas/core/administration/admin-audit';
import { newCallId } from '../../../../lambdas/core/trace-id';

const NOW_MS = Date.UTC(2026, 10, 20, 12);

function clientThat(answer: (command: ExecuteStatementCommand) => object): DynamoDBClient {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  client.send = async (command: unknown) => answer(command as ExecuteStatementCommand);
  return client;
}

test('both records are inserted under the act, in the index by day, with their expiry', async () => {
  const sent: ExecuteStatementCommand['input'][] = [];
  const audit = createAdminAudit(
    clientThat(({ input }) => {
      sent.push(input);
      return {};
    }),
    'Audit',
    7,
  );
  const id = newCallId(NOW_MS);
  await audit.insertAct(id, { act: 'keys.create', by: 'arn', parameters: { tenant: 'acme', team: undefined }, created_at: NOW_MS });
  await audit.insertResult(id, { act: 'keys.create', by: 'arn', outcome: 'done', subject: 'key_1', recorded_at: NOW_MS });
  expect(sent).toEqual([
    {
      Statement: `INSERT INTO "Audit" VALUE {'pk': ?, 'sk': ?, 'tenant_day': ?, 'expires_at': ?, 'act': ?, 'by': ?, 'parameters': ?, 'created_at': ?}`,
      Parameters: [
        { S: `ADMIN#${id}` },
        { S: 'ADMIN' },
        { S: '@admin#2026-11-20' },
        { N: String(NOW_MS / 1000 + 7 * 86_400) },
        { S: 'keys.create' },
        { S: 'arn' },
        { M: { tenant: { S: 'acme' } } },
        { N: String(NOW_MS) },
      ],
    },
    expect.objectContaining({ Parameters: expect.arrayContaining([{ S: 'ADMIN_RESULT' }, { S: 'done' }, { S: 'key_1' }]) }),
  ]);
});

test('a table that does not answer is no success', async () => {
  const audit = createAdminAudit(
    clientThat(() => {
      throw new Error('no answer');
    }),
    'Audit',
    7,
  );
  await expect(
    audit.insertAct(newCallId(NOW_MS), { act: 'keys.create', by: 'arn', parameters: {}, created_at: NOW_MS }),
  ).rejects.toMatchObject({ code: 'store_unavailable' });
});
