import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  compareMix,
  compareTask,
  mixes,
  percentOf,
  platforms,
  renderRouterMix,
  routedModel,
  TARGET_PERCENT,
  tasks,
} from '../../../../../bench/router-mix';
import type { ModelTier } from '../../../../../lambdas/core/routing-policy';
import { taskTypes } from '../../../../../lambdas/core/routing-policy';

const DOCUMENT = path.resolve(__dirname, '..', '..', '..', '..', '..', 'docs', 'routing.md');
const cases = Object.entries(platforms).flatMap(([name, platform]) => taskTypes.map((task) => ({ name, platform, task })));
const runs = Object.entries(platforms).flatMap(([name, platform]) =>
  Object.entries(mixes).map(([mix, shareOf]) => ({ name, platform, mix, shareOf })),
);
const tiers: readonly ModelTier[] = ['small', 'mid', 'large'];

test('docs/routing.md has this table: npm run bench:router writes it', () => {
  const marked = /<!-- router-mix -->\n(.*)<!-- \/router-mix -->/s.exec(fs.readFileSync(DOCUMENT, 'utf8'))?.[1];
  expect(marked).toBe(renderRouterMix());
});

test('every mix is of all six types, and adds up', () => {
  expect(Object.keys(tasks).sort()).toEqual([...taskTypes].sort());
  for (const shareOf of Object.values(mixes)) expect(taskTypes.reduce((sum, task) => sum + shareOf(task), 0)).toBeCloseTo(1, 12);
});

test('a task passes no less with a larger tier', () => {
  for (const { passPercent } of Object.values(tasks)) {
    expect(passPercent.mid).toBeGreaterThanOrEqual(passPercent.small);
    expect(passPercent.large).toBeGreaterThanOrEqual(passPercent.mid);
  }
});

test.each(cases)('$name, $task: the tier of the policy first, and in each tier its cheapest model for the task', ({ platform, task }) => {
  expect(routedModel(task, platform).tier).toBe(platform.routing.tasks[task]);
  const { inputTokens, outputTokens } = tasks[task];
  for (const tier of tiers) {
    const routed = routedModel(task, platform, tier);
    expect(routed.tier).toBe(tier);
    const costs = platform.models
      .filter((model) => model.tier === tier)
      .map(({ price }) => inputTokens * price.input + outputTokens * price.output);
    expect(inputTokens * routed.price.input + outputTokens * routed.price.output).toBe(Math.min(...costs));
  }
});

test('one task by hand: every attempt is paid, a repair too, and the next is for what the one before did not serve', () => {
  const dev = platforms['`dev`'];
  if (dev === undefined) throw new Error('no platform');
  // Micro-dollars for a million tokens. Summarization: 6,400 tokens in all; small fails 12%, mid 6%.
  const prices = { small: 1_000_000, mid: 2_000_000, large: 10_000_000 };
  const models = dev.models.map((model) => ({ ...model, price: { input: prices[model.tier], output: prices[model.tier] } }));
  expect(compareTask('summarization', { ...dev, models })).toEqual({
    alwaysLarge: { costMicroUsd: 64_000, passPercent: 96 },
    routed: { costMicroUsd: 6_400, passPercent: 88 },
    escalated: { costMicroUsd: expect.closeTo(6_400 + 0.12 * (6_800 + 12_800) + 0.06 * 64_000, 6), passPercent: expect.closeTo(96, 9) },
  });
  // It begins at the mid tier, which fails 40%; 7,000 tokens with the answer that is to be repaired.
  expect(compareTask('reasoning', { ...dev, models })).toMatchObject({ escalated: { costMicroUsd: 10_000 + 0.4 * (14_000 + 50_000) } });
});

test.each(runs)('$name, $mix: held to a schema as many are served as by always-large, for less; of any text fewer', (run) => {
  const { alwaysLarge, routed, escalated } = compareMix(run.shareOf, run.platform);
  expect(escalated.passPercent).toBeCloseTo(alwaysLarge.passPercent, 9);
  expect(routed.passPercent).toBeLessThan(alwaysLarge.passPercent);
  expect(escalated.costMicroUsd).toBeLessThan(alwaysLarge.costMicroUsd);
  expect(routed.costMicroUsd).toBeLessThan(alwaysLarge.costMicroUsd);
});

test('in production, the production mix costs at most a fifth of always-large', () => {
  const prod = platforms['`prod`'];
  const { alwaysLarge, escalated } = compareMix((task) => tasks[task].sharePercent / 100, prod as NonNullable<typeof prod>);
  expect(percentOf(escalated, alwaysLarge)).toBeLessThanOrEqual(TARGET_PERCENT);
});

test('a cost that the policy raises is seen', () => {
  const [platform] = Object.values(platforms);
  if (platform === undefined) throw new Error('no platform');
  const largeForAll = { ...platform.routing.tasks, chat: 'large' as const, summarization: 'large' as const, extraction: 'large' as const };
  const dear = { ...platform, routing: { ...platform.routing, tasks: largeForAll } };
  const part = (of: typeof platform) => {
    const { alwaysLarge, escalated } = compareMix((task) => tasks[task].sharePercent / 100, of);
    return percentOf(escalated, alwaysLarge);
  };
  expect(part(dear)).toBeGreaterThan(part(platform));
});
