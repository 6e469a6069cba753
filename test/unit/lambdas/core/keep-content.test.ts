import type { AuditStore } from '../../../../lambdas/core/audit';
import type { IntentRecord, SettlementRecord } from '../../../../lambdas/core/audit-record';
import type { ContentObjects } from '../../../../lambdas/core/call-content/content-objects';
import { InputNotKept, withContentObjects } from '../../../../lambdas/core/call-content/keep-content';
import { GatewayError } from '../../../../lambdas/core/errors';
import type { CallId } from '../../../../lambdas/core/trace-id';

const ID = '691f0000aaaaaaaaaaaaaaaaaaaaaaaa' as CallId;
const SMALL = JSON.stringify('x'.repeat(1_000));
const LARGE = JSON.stringify('x'.repeat(40_000));
const unavailable = new GatewayError('store_unavailable', 'The bucket does not answer.');

function keeper(put: ContentObjects['put']) {
  const written: object[] = [];
  const logged: string[] = [];
  const write = async (_id: CallId, record: object) => void written.push(record);
  const audit = { insertIntent: write, insertSettlement: write } as unknown as AuditStore;
  const log = { info: () => undefined, error: (message: string) => void logged.push(message) };
  return { store: withContentObjects(audit, { put, get: async () => undefined }, log), written, logged };
}

const intent = (input?: string) => ({ tenant: 'acme', input }) as IntentRecord;
const settlement = (output?: string) => ({ tenant: 'acme', output }) as SettlementRecord;

test('what is small stands in the record, and the bucket is left alone', async () => {
  const { store, written } = keeper(() => Promise.reject(unavailable));
  await store.insertIntent(ID, intent(SMALL));
  await store.insertSettlement(ID, settlement(SMALL));
  await store.insertIntent(ID, intent());
  expect(written).toEqual([{ tenant: 'acme', input: SMALL }, { tenant: 'acme', output: SMALL }, { tenant: 'acme' }]);
});

test('what is large is put, and the record says where it is', async () => {
  const puts: unknown[] = [];
  const { store, written } = keeper(async (...put) => void puts.push(put));
  await store.insertIntent(ID, intent(LARGE));
  await store.insertSettlement(ID, settlement(LARGE));
  expect(puts).toEqual([
    [ID, 'input', LARGE],
    [ID, 'output', LARGE],
  ]);
  expect(written).toEqual([
    { tenant: 'acme', input_in: 'object' },
    { tenant: 'acme', output_in: 'object' },
  ]);
});

test('an input that cannot be put stops the call; an output that cannot is given up, aloud, and the call is settled', async () => {
  const { store, written, logged } = keeper(() => Promise.reject(unavailable));
  await expect(store.insertIntent(ID, intent(LARGE))).rejects.toMatchObject({ code: unavailable.code, message: unavailable.message });
  // Whose intent is there: it is for the gateway to settle it.
  await expect(store.insertIntent(ID, intent(LARGE))).rejects.toBeInstanceOf(InputNotKept);
  await store.insertSettlement(ID, settlement(LARGE));
  expect(written.at(-1)).toEqual({ tenant: 'acme', output_in: 'nowhere' });
  expect(logged).toEqual(['output not kept']);
});
