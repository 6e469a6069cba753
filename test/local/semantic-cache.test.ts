import { askInOtherWords, askPrompt, releasePromptWithSimilarAnswers } from '../helpers/ask-in-other-words';
import { startPlatform, type TestPlatform } from '../helpers/platform';

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

test('an index that fails is a miss', async () => {
  const { pair } = await askInOtherWords(platform);
  const mend = platform.emulator.world.endpoint.faults.add({ service: 'aoss', operation: 'Search', kind: 'unavailable' });
  const response = await askPrompt(platform, pair.asked, { 'x-blueprint-cache-control': 'no-store' });
  mend();
  expect([response.status, stateOf(response)]).toEqual([200, 'miss']);
}, 120_000);
