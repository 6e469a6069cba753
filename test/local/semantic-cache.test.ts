import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { planCrash } from '../../local/crash';
import { parseEmf } from '../../local/metrics/emf';
import { askInOtherWords, askPrompt, releasePromptWithSimilarAnswers, unlikePairOf } from '../helpers/ask-in-other-words';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';

/** Questions in other words over the real bundle, store, index and its grants. */

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  await releasePromptWithSimilarAnswers(platform);
});
afterAll(() => platform.stop());

const callOf = (response: Response): string => response.headers.get('x-blueprint-trace-id') ?? '';
const stateOf = ({ headers }: Response): string | null => headers.get('x-blueprint-cache');

test('one question is answered with the other’s answer, which its records say', async () => {
  const { response, pair } = await askInOtherWords(platform);
  const kept = await askPrompt(platform, pair.kept);
  const contentOf = async (answer: Response) => ((await answer.json()) as { choices: { message: unknown }[] }).choices[0]?.message;
  expect(await contentOf(response)).toEqual(await contentOf(kept));
  expect(Number(response.headers.get('x-blueprint-cache-similarity'))).toBeGreaterThan(0.88);

  const call = await platform.request(`/v1/calls/${callOf(response)}`, { method: 'GET' });
  expect(await call.json()).toMatchObject({
    settlement: {
      cache: 'semantic',
      cache_similarity: expect.any(Number),
      attempts: [{ model: 'titan-embed-text-v2', outcome: 'ok' }],
    },
  });
}, 120_000);

test('neither another tenant nor another meaning is answered so', async () => {
  const { pair } = await askInOtherWords(platform);
  const noStore = { 'x-blueprint-cache-control': 'no-store' };
  const other = await askPrompt(platform, pair.asked, noStore, await platform.createKey('other'));
  const opposite = await askPrompt(platform, pair.asked.replace('can I', 'can I not'), noStore);
  expect([other, opposite].map(({ status }) => status)).toEqual([200, 200]);
  expect([stateOf(other), stateOf(opposite)]).toEqual(['miss', 'miss']);
}, 120_000);

test('what is read for an answer: once by the same words; by others once in vain, while the intent is written, and once where the index leads', async () => {
  const { response, pair } = await askInOtherWords(platform);
  await response.text();
  const isVerified = (call: string) =>
    platform.logs().some(({ verification_of, verdict }) => verification_of === call && verdict === 'right');
  await until(() => isVerified(callOf(response)), 'the answer was verified');
  /** The gateway's calls for one answer, and for what follows it. */
  async function callsFor(question: string, state: string): Promise<readonly string[]> {
    const seen = planCrash(platform.emulator.world, { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' });
    const answer = await askPrompt(platform, question, { 'x-blueprint-cache-control': 'no-store' });
    expect(stateOf(answer)).toBe(state);
    await answer.text();
    await until(() => state === 'exact' || isVerified(callOf(answer)), 'the answer was verified');
    await until(
      () => platform.logs().some(({ trace_id, message }) => message === 'request' && trace_id === callOf(answer)),
      'all was done',
    );
    seen.cancel();
    return seen.calls;
  }
  const [exact, semantic] = [await callsFor(pair.kept, 'exact'), await callsFor(pair.asked, 'semantic')];
  const reads = ['dynamodb.GetItem', 'aoss.Search', 'dynamodb.BatchGetItem', 'dynamodb.Query'];
  const readsOf = (calls: readonly string[]) => reads.map((name) => calls.filter((call) => call === name).length);
  expect([readsOf(exact), readsOf(semantic)]).toEqual([
    [1, 0, 0, 0],
    [2, 1, 0, 0],
  ]);
  expect(exact.filter((call) => call.startsWith('bedrock.'))).toEqual([]);
  // The first of the two is no wait of its own: it is under way with the intent.
  expect(semantic.slice(0, 2).toSorted()).toEqual(['dynamodb.ExecuteStatement', 'dynamodb.GetItem']);
  expect(semantic.slice(2, 6)).toEqual(['bedrock.InvokeModel', 'aoss.Search', 'dynamodb.GetItem', 'dynamodb.ExecuteStatement']);
}, 120_000);

test('an index that fails is a miss', async () => {
  const { pair } = await askInOtherWords(platform);
  const mend = platform.emulator.world.endpoint.faults.add({ service: 'aoss', operation: 'Search', kind: 'unavailable' });
  const response = await askPrompt(platform, pair.asked, { 'x-blueprint-cache-control': 'no-store' });
  mend();
  expect([response.status, stateOf(response)]).toEqual([200, 'miss']);
}, 120_000);

describe('an answer is verified, which dev does with each', () => {
  /** Of a call whose answer was verified: the line that says what came of it. */
  const verdictOn = (call: string) =>
    platform.logs().find(({ message, verification_of }) => message === 'semantic hit verified' && verification_of === call);
  const verified = async (response: Response) => {
    await response.text();
    await until(() => verdictOn(callOf(response)) !== undefined, 'the answer was verified');
    return verdictOn(callOf(response));
  };
  const published = (name: string) =>
    platform.events
      .flatMap((event) => (event.kind === 'log' ? parseEmf(event.line) : []))
      .filter((datum) => datum.name === name && datum.dimensions.Prompt === 'help')
      .flatMap(({ values }) => values);

  test('one that the model gives again stays, and the verification is on record', async () => {
    const { response } = await askInOtherWords(platform);
    expect(await verified(response)).toMatchObject({ verdict: 'right' });
    const intents = Object.values(await platform.audit()).map(({ INTENT }) => unmarshalItem(INTENT as Parameters<typeof unmarshalItem>[0]));
    const own = intents.filter(({ verification_of }) => verification_of === callOf(response));
    expect(own.map(({ operation = 'chat' }) => operation).toSorted()).toEqual(['chat', 'embeddings']);
    await until(() => published('VerifiedHits').length > 0, 'it was counted');
    expect(published('SemanticHits').length).toBeGreaterThan(0);
  }, 120_000);

  test('one that is none to the question is given once, and never again', async () => {
    const { response, pair } = await askInOtherWords(platform, unlikePairOf);
    expect(await verified(response)).toMatchObject({ verdict: 'false' });
    await until(() => published('FalseHits').includes(1), 'it was counted');
    const noStore = { 'x-blueprint-cache-control': 'no-store' };
    expect(stateOf(await askPrompt(platform, pair.asked, noStore))).toBe('miss');
    expect(stateOf(await askPrompt(platform, pair.kept, noStore))).toBe('miss');
    expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
  }, 120_000);
});
