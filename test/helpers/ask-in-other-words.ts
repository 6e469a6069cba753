import { promote } from '../../bin/prompts/label-store';
import { pushPrompt } from '../../bin/prompts/version-store';
import { promptContent } from '../../lambdas/core/prompts/prompt-content';
import { MODEL, type TestPlatform } from './platform';

const PROMPT = 'help';
/** A gateway that did not find in time looks again after 30 seconds: on a machine that is slow the first may be late. */
const TRIES = 45;
const TRY_AGAIN_MS = 1_000;

/** Releases a prompt whose answers are given to questions in other words too. */
export async function releasePromptWithSimilarAnswers(platform: TestPlatform, nowMs = Date.now()): Promise<void> {
  const registry = { client: platform.dynamodb, table: platform.emulator.output('RegistryTable') };
  const content = promptContent.parse({
    messages: [{ role: 'user', template: '{{question}}' }],
    variables: { question: { type: 'string', maxLength: 200 } },
    model: { models: [MODEL] },
    cache: { exact: { ttlSeconds: 60 }, semantic: { ttlSeconds: 60 } },
  });
  await pushPrompt(registry, { id: PROMPT, owner: 'tests', description: undefined, versions: [{ version: 1, content }] }, nowMs);
  await promote({ ...registry, id: PROMPT, label: 'production', nowMs }, 1);
}

export interface Pair {
  readonly kept: string;
  readonly asked: string;
}

/** Two wordings of one question, another for each number below 90: of as many words and tokens, which is what the simulated model tells of them. */
export const pairOf = (number: number): Pair => ({
  kept: `How do I reset the password of my account ${number + 9}?`,
  asked: `How can I reset the password of my account ${number + 9}?`,
});

/** Two wordings of unlike many words: the answer to one is false of the other. */
export const unlikePairOf = (number: number): Pair => ({ ...pairOf(number), asked: pairOf(number).kept.replace('?', ', please?') });

export function askPrompt(platform: TestPlatform, question: string, headers: Record<string, string> = {}, key?: string): Promise<Response> {
  const body = { variables: { question } };
  return platform.request(`/v1/prompts/${PROMPT}/completions`, { body, headers, ...(key !== undefined && { key }) });
}

/** Has one wording answered and kept, and asks the other until it is found. @returns the answer, and the pair it was found with. */
export async function askInOtherWords(
  platform: TestPlatform,
  pairs: (number: number) => Pair = pairOf,
  key?: string,
): Promise<{ readonly response: Response; readonly pair: Pair }> {
  for (let number = 1; number <= TRIES; number++) {
    const pair = pairs(number);
    await (await askPrompt(platform, pair.kept, {}, key)).text();
    for (let look = 0; look < 10; look++) {
      const response = await askPrompt(platform, pair.asked, { 'x-blueprint-cache-control': 'no-store' }, key);
      if (response.headers.get('x-blueprint-cache') === 'semantic') return { response, pair };
      await response.text();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
  throw new Error('No question in other words was found.');
}
