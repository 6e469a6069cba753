import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { promote, startExperiment } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { sweep } from '../../lambdas/core/accounts/sweep';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { createAuditStore } from '../../lambdas/core/audit';
import { promptContent } from '../../lambdas/core/prompts/prompt-content';
import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * The gateway killed at every call to AWS that it makes for a copy, once the caller has its answer: the caller's own call is whole at each of them, and
 * after a sweep the experiment's account has used what the records say.
 */

const content = promptContent.parse({
  messages: [{ role: 'user', template: 'Greet {{name}}' }],
  variables: { name: { type: 'string', maxLength: 100 } },
  model: { models: [MODEL] },
  parameters: { maxOutputTokens: 100 },
});

/** A cold function's calls for the caller: key, tenant, label, version; intent, model, settlement. */
const OWN = [
  'dynamodb.BatchGetItem',
  'dynamodb.BatchGetItem',
  'dynamodb.GetItem',
  'dynamodb.GetItem',
  'dynamodb.ExecuteStatement',
  'bedrock.ConverseStream',
  'dynamodb.ExecuteStatement',
];
/** And for the copy: intent and hold at a time; model; settlement, then the account. */
const COPY = [
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
  'bedrock.ConverseStream',
  'dynamodb.ExecuteStatement',
  'dynamodb.UpdateItem',
];

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
  const registry = { client: platform.dynamodb, table: platform.emulator.output('RegistryTable') };
  const label = { ...registry, id: 'greet', label: 'production', nowMs: Date.now() };
  await pushPrompt(registry, { id: 'greet', owner: 'tests', description: undefined, versions: [{ version: 1, content }] }, 1);
  await promote(label, 1);
  const shadow = { name: 'copy', percent: 100, microUsdPerDay: 1_000_000 };
  await startExperiment(label, { id: 'try', arms: [{ name: 'today', weight: 1 }], shadow });
});
afterEach(() => platform.stop());

const call = () => platform.request('/v1/prompts/greet/completions', { body: { variables: { name: 'Ada' } } });

/** What came of an answer before its connection broke: here it is open until the function is done with the copy too. */
async function received(response: Response): Promise<unknown> {
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
  } catch (error) {
    expect(error).toMatchObject({ message: 'terminated' });
  }
  return JSON.parse(text);
}

async function records() {
  return Object.values(await platform.audit()).map((kinds) => {
    const plain = (kind: string) => unmarshalItem((kinds[kind] ?? {}) as Parameters<typeof unmarshalItem>[0]);
    const final = kinds.SETTLEMENT ? plain('SETTLEMENT') : plain('UNKNOWN');
    return { isCopy: plain('INTENT').shadow_of !== undefined, kinds: Object.keys(kinds), costMicroUsd: Number(final.cost_micro_usd ?? 0) };
  });
}

test('the crash points are all there are', async () => {
  const never = planCrash(platform.emulator.world, { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' });
  expect((await call()).status).toBe(200);
  await until(() => never.calls.length >= OWN.length + COPY.length, 'all calls were made');
  expect(never.calls.slice(0, OWN.length)).toEqual(OWN);
  const [first, second, ...others] = never.calls.slice(OWN.length);
  expect([first, second].toSorted()).toEqual(COPY.slice(0, 2));
  expect(others).toEqual(COPY.slice(2));
});

const points = COPY.flatMap((name, index) => (['before', 'after'] as const).map((phase) => ({ name, number: index + 1, phase })))
  // The first two are under way together: what comes after the first is a point of the second.
  .filter(({ number, phase }) => number !== 1 || phase !== 'after');

test.each(points)('killed $phase the copy’s call $number, $name', async ({ number, phase }) => {
  const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call: OWN.length + number, phase });
  const response = await call();
  expect(response.status).toBe(200);
  expect(await received(response)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  await until(crash.happened, 'the function was killed');

  const audit = createAuditStore(platform.dynamodb, platform.emulator.output('AuditTable'), 7);
  const table = platform.emulator.output('LedgerTable');
  await sweep({ client: platform.dynamodb, table, audit, clock: { nowMs: () => Date.now() + 20 * 60_000 } });
  const all = await records();
  expect(all.filter(({ isCopy }) => !isCopy).map(({ kinds }) => kinds.toSorted())).toEqual([['INTENT', 'SETTLEMENT']]);
  const copies = all.filter(({ isCopy }) => isCopy);
  expect(copies.length).toBeLessThanOrEqual(1);
  const { Items = [] } = await platform.dynamodb.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  const account = Items.map(unmarshalItem).find(({ pk }) => pk === 'ACCOUNT#experiment#greet.try');
  const charged = copies.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  expect(account?.inflight ?? 0).toBe(0);
  // A hold without an intent has asked no model.
  expect(account?.used ?? 0).toBe(charged);
});
