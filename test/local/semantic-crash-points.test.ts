import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAuditStore } from '../../lambdas/core/audit';
import { planCrash } from '../../local/crash';
import { askInOtherWords, askPrompt, type Pair, releasePromptWithSimilarAnswers } from '../helpers/ask-in-other-words';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * The gateway killed at every call to AWS that it makes for a question in other words: for the caller's own, for the verification of its answer, and for taking that out
 * of the cache, since it is false. At each of them every call of a model is on record and charged once, and no question has the answer to another as its own.
 */

/** A warm function's calls for the caller, of which the first three are under way together: intent, hold, the same question; vector, index, answer; settlement, account. */
const OWN = [
  'dynamodb.ExecuteStatement',
  'dynamodb.GetItem',
  'dynamodb.UpdateItem',
  'bedrock.InvokeModel',
  'aoss.Search',
  'dynamodb.GetItem',
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
];
/** To ask a model: intent and hold together, model, settlement, account; its answer is kept for the question. */
const ASKED = [
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
  'bedrock.ConverseStream',
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
  'dynamodb.PutItem',
];
/** To compare the two answers. */
const COMPARED = [
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
  'bedrock.InvokeModel',
  'bedrock.InvokeModel',
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
];
/** The answer, then its question; and the question that was asked. */
const FORGOTTEN = ['dynamodb.DeleteItem', 'aoss.Bulk', 'aoss.Bulk'];
const CALLS = [...OWN, ...ASKED, ...COMPARED, ...FORGOTTEN];
const DELETE_CALL = CALLS.indexOf('dynamodb.DeleteItem') + 1;
/** Calls that are under way together, from which to which, counted from 1. */
const TOGETHER = [
  [1, 3],
  [OWN.length + 1, OWN.length + 2],
  [OWN.length + ASKED.length + 1, OWN.length + ASKED.length + 2],
] as const;

let platform: TestPlatform;
let tenants = 0;
beforeAll(async () => {
  platform = await startPlatform();
  await releasePromptWithSimilarAnswers(platform);
});
afterAll(() => platform.stop());

interface Prepared {
  readonly tenant: string;
  readonly key: string;
  readonly pair: Pair;
}

/** A function that is warm, and a question of a tenant of its own whose answer is found in other words. */
async function prepare(): Promise<Prepared> {
  tenants += 1;
  const tenant = `crash-${tenants}`;
  await platform.limitTenant(tenant, { microUsdPerDay: 100_000_000 });
  const key = await platform.createKey(tenant);
  // A look that is late is not repeated for half a minute: the function's connections are made before.
  await platform.request('/v1/embeddings', { body: { model: 'titan-embed-text-v2', input: 'Hello' }, key });
  const { response, pair } = await askInOtherWords(platform, undefined, key);
  await response.text();
  const call = response.headers.get('x-blueprint-trace-id');
  await until(() => platform.logs().some((line) => line.verification_of === call && line.verdict === 'right'), 'the first was verified');
  return { tenant, key, pair: { ...pair, asked: pair.kept.replace('?', ', please?') } };
}

/** What came of an answer before its connection broke: here it is open until the function is done with all that follows. */
async function received(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  } catch (error) {
    expect(error).toMatchObject({ message: 'terminated' });
  }
  return text;
}

/** Of a tenant's calls: what their records are, and what they say that each cost. */
async function recordsOf(tenant: string) {
  return Object.values(await platform.audit())
    .map((kinds) => {
      const plain = (kind: string) => unmarshalItem((kinds[kind] ?? {}) as Parameters<typeof unmarshalItem>[0]);
      return { intent: plain('INTENT'), finals: ['SETTLEMENT', 'UNKNOWN'].filter((kind) => kind in kinds).map(plain) };
    })
    .filter(({ intent }) => intent.tenant === tenant);
}

async function accountOf(tenant: string) {
  const TableName = platform.emulator.output('LedgerTable');
  const { Items = [] } = await platform.dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.map(unmarshalItem).find(({ pk }) => pk === `ACCOUNT#tenant#${tenant}`);
}

const sorted = (calls: readonly string[]): readonly string[] =>
  TOGETHER.reduce<readonly string[]>(
    (all, [from, to]) => [...all.slice(0, from - 1), ...all.slice(from - 1, to).toSorted(), ...all.slice(to)],
    calls,
  );

test('the crash points are all there are', async () => {
  const { key, pair } = await prepare();
  const never = planCrash(platform.emulator.world, { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' });
  const response = await askPrompt(platform, pair.asked, {}, key);
  expect([response.status, response.headers.get('x-blueprint-cache')]).toEqual([200, 'semantic']);
  await response.text();
  await until(() => never.calls.length >= CALLS.length, 'all calls were made');
  never.cancel();
  expect(sorted(never.calls)).toEqual(CALLS);
}, 120_000);

/** What is left when a call has run and its answer is lost is what is left before the next: after the last alone it is another state. */
const points = [
  ...CALLS.map((name, index) => ({ name, number: index + 1, phase: 'before' as const })),
  { name: 'aoss.Bulk', number: CALLS.length, phase: 'after' as const },
];

test.each(points)(
  'killed $phase call $number, $name',
  async ({ number, phase }) => {
    const { tenant, key, pair } = await prepare();
    const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call: number, phase });
    const response = await askPrompt(platform, pair.asked, {}, key);
    const text = await received(response);
    await until(crash.happened, 'the function was killed');
    // The caller has its whole answer before anything is verified.
    if (number > OWN.length) expect([response.status, JSON.parse(text)]).toMatchObject([200, { choices: [{ finish_reason: 'stop' }] }]);

    const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
    const table = platform.emulator.output('LedgerTable');
    await sweep({ client: platform.dynamodb, table, audit, clock: { nowMs: () => Date.now() + 20 * 60_000 } });
    const records = await recordsOf(tenant);
    // An intent whose hold was not written has asked no model: nothing came of it.
    const isAdmitting = TOGETHER.some(([from, to]) => number >= from && number <= to);
    expect(records.filter(({ finals }) => finals.length === 0).length).toBeLessThanOrEqual(Number(isAdmitting));
    expect(records.filter(({ finals }) => finals.length > 1)).toEqual([]);
    const charged = records.flatMap(({ finals }) => finals).reduce((sum, { cost_micro_usd }) => sum + Number(cost_micro_usd), 0);
    const account = await accountOf(tenant);
    expect(account?.inflight).toBe(0);
    expect(account?.used).toBe(charged);

    // Whatever is found word for word is the answer to these words; and what was taken out is given to nobody.
    const isForgotten = number > DELETE_CALL;
    for (const question of [pair.kept, pair.asked]) {
      const again = await askPrompt(platform, question, { 'x-blueprint-cache-control': 'no-store' }, key);
      const state = again.headers.get('x-blueprint-cache');
      const said = await again.text();
      if (state === 'exact') expect(said).toContain(question);
      if (isForgotten && question === pair.asked) expect(said).not.toContain(`${pair.kept}\\"`);
    }
  },
  120_000,
);
