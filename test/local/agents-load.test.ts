import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type LoadResult, runLoad } from '../../bench/agents-load/load';
import { type LoadedPlatform, MAX_CONCURRENCY, startLoadedPlatform } from '../../bench/agents-load/platform';

/** `npm run bench:agents` for a moment: what is counted there; what is timed, it alone tells. */

let folder: string;
let platform: LoadedPlatform;
let result: LoadResult;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'agents-load-'));
  platform = await startLoadedPlatform(path.join(folder, 'cdk.out'));
  result = await runLoad(platform, { eventsPerSecond: 50, seconds: 1.5, quietSeconds: 0.5, directPerSecond: 3, drainSeconds: 120 });
}, 200_000);
afterAll(async () => {
  await platform.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('more comes than the agent can do: the rest waits', () => {
  expect(result.published).toBe(75);
  expect(result.backlog).toBeGreaterThan(10);
});

test('the function is never called more often at once than its cap says', () => {
  expect(result.mostAtOnce).toBe(MAX_CONCURRENCY);
});

test('nothing is lost and nothing done twice', () => {
  const { decided, strayDecisions, agentCalls, effectsDone, effectsOpen } = result;
  expect({ decided, strayDecisions, agentCalls, effectsDone, effectsOpen }).toEqual({
    decided: 75,
    strayDecisions: 0,
    agentCalls: 75,
    effectsDone: 150,
    effectsOpen: 0,
  });
});

test('the backlog is gone, and none of it into the dead-letter queue', () => {
  expect({ left: result.left, deadLetters: result.deadLetters }).toEqual({ left: 0, deadLetters: 0 });
});

test('who calls the gateway directly is answered every time', () => {
  expect(result.loaded.answered).toBeGreaterThan(5);
  expect(result.loaded.refused).toEqual({});
});
