import * as fs from 'node:fs';
import * as path from 'node:path';
import { dev } from '../config/environments/dev';
import { prod } from '../config/environments/prod';
import { platformDocumentOf } from '../config/platform-document';
import { Breakers } from '../lambdas/core/breaker';
import { costMicroUsd, formatUsd } from '../lambdas/core/money';
import type { ModelEntry, PlatformDocument } from '../lambdas/core/platform';
import { type ModelTier, taskTypes } from '../lambdas/core/routing-policy';
import { NO_USAGE } from '../lambdas/core/usage';
import { createAdapters } from '../lambdas/gateway/adapters';
import { decideRoute } from '../lambdas/gateway/stages/route';

/**
 * What the router saves on a stated mix of calls: `npm run bench:router` writes it into docs/routing.md. Models come from the gateway's own
 * routing and prices from the price table; sizes, shares and pass rates are assumptions. Expected values: nothing is random, no model is called.
 */

type TaskType = (typeof taskTypes)[number];

interface Task {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the production mix, in percent of calls. */
  readonly sharePercent: number;
  /** Answers that do the task, in percent, by the tier that gives them. Where the answer is held to a schema: those that hold. */
  readonly passPercent: Readonly<Record<ModelTier, number>>;
}

/** docs/routing.md has the reasons. Round numbers, not fitted to the result. */
export const tasks: Readonly<Record<TaskType, Task>> = {
  classification: { inputTokens: 400, outputTokens: 10, sharePercent: 25, passPercent: { small: 92, mid: 96, large: 98 } },
  extraction: { inputTokens: 1_500, outputTokens: 300, sharePercent: 20, passPercent: { small: 85, mid: 94, large: 97 } },
  chat: { inputTokens: 800, outputTokens: 250, sharePercent: 30, passPercent: { small: 85, mid: 93, large: 96 } },
  summarization: { inputTokens: 6_000, outputTokens: 400, sharePercent: 15, passPercent: { small: 88, mid: 94, large: 96 } },
  code: { inputTokens: 2_500, outputTokens: 900, sharePercent: 5, passPercent: { small: 50, mid: 78, large: 90 } },
  reasoning: { inputTokens: 3_000, outputTokens: 2_000, sharePercent: 5, passPercent: { small: 30, mid: 60, large: 85 } },
};

export const TARGET_PERCENT = 20;
const DOCUMENT = path.resolve(__dirname, '..', 'docs', 'routing.md');
const MARKED = /(?<=<!-- router-mix -->\n).*(?=<!-- \/router-mix -->)/s;
/** From the smallest. */
const UPWARDS: readonly ModelTier[] = ['small', 'mid', 'large'];

const ASSUMPTIONS = ['task', 'tokens in / out', 'production share', ...UPWARDS.map((tier) => `pass ${tier}`)];
const SUMMARY = [
  'models',
  'mix',
  'always large',
  'pass',
  'any text',
  'pass',
  'held to a schema',
  'pass',
  `at most ${TARGET_PERCENT}% at equal pass rate`,
];
const PER_TASK = ['models', 'task', 'any text goes to', 'always large', 'any text', 'a schema, from', 'held to a schema'];

/** What one call costs in micro-dollars, on average, and how many are served. */
export interface Outcome {
  readonly costMicroUsd: number;
  readonly passPercent: number;
}

export interface Comparison {
  readonly alwaysLarge: Outcome;
  /** Any text will do: asked once, whatever the answer is worth. */
  readonly routed: Outcome;
  /** Held to a schema: repaired in vain, then asked again of the next tier, until an answer holds or none is left. */
  readonly escalated: Outcome;
}

/** In each, the tier that both sides end at is one model: no saving comes of a cheaper large one. */
export const platforms: Readonly<Record<string, PlatformDocument>> = {
  '`prod`': platformDocumentOf(prod),
  '`dev`': platformDocumentOf(dev),
};

export const mixes: Readonly<Record<string, (task: TaskType) => number>> = {
  production: (task) => tasks[task].sharePercent / 100,
  'equal shares': () => 1 / taskTypes.length,
};

/** The model that the gateway asks first. @param from The smallest tier; the environment's own for the task when absent. */
export function routedModel(task: TaskType, platform: PlatformDocument, from?: ModelTier, isChecked = false): ModelEntry {
  const { inputTokens, outputTokens } = tasks[task];
  const routing = from === undefined ? platform.routing : { ...platform.routing, tasks: { ...platform.routing.tasks, [task]: from } };
  const check = isChecked ? () => [] : undefined;
  // Four bytes to a token, as the router counts.
  const messages = [{ role: 'user' as const, content: 'word'.repeat(inputTokens) }];
  const decision = decideRoute(
    { body: { model: 'auto', task_type: task, messages, max_tokens: outputTokens }, check },
    { scopes: [], residency: [] },
    {
      platform: { ...platform, routing },
      adapters: createAdapters(platform.providers, () => Promise.reject(new Error('no model is called here'))),
      breakers: new Breakers(routing.breaker, { nowMs: () => 0 }),
    },
  );
  if ('refusal' in decision) throw decision.refusal;
  return decision.route.candidates[0].request.model;
}

export function compareTask(task: TaskType, platform: PlatformDocument): Comparison {
  const { passPercent } = tasks[task];
  const askedFirst = routedModel(task, platform);
  const from = routedModel(task, platform, undefined, true).tier;
  const priced = (model: ModelEntry) => callMicroUsd(task, model);
  const large = priced(routedModel(task, platform, 'large'));
  let escalatedMicroUsd = 0;
  // What a smaller tier can do a larger one can: so no call is served that the large tier would fail, and the pass rates are equal.
  let unserved = 1;
  for (const tier of UPWARDS.slice(UPWARDS.indexOf(from))) {
    escalatedMicroUsd += unserved * priced(routedModel(task, platform, tier));
    unserved = 1 - passPercent[tier] / 100;
    // One repair turn in a call: the model that was asked first, shown its answer. Taken not to help.
    if (tier === from) escalatedMicroUsd += unserved * repairMicroUsd(task, routedModel(task, platform, tier), platform);
  }
  return {
    alwaysLarge: { costMicroUsd: large, passPercent: passPercent.large },
    routed: { costMicroUsd: priced(askedFirst), passPercent: passPercent[askedFirst.tier] },
    escalated: { costMicroUsd: escalatedMicroUsd, passPercent: (1 - unserved) * 100 },
  };
}

export function compareMix(shareOf: (task: TaskType) => number, platform: PlatformDocument): Comparison {
  const compared = taskTypes.map((task) => ({ share: shareOf(task), comparison: compareTask(task, platform) }));
  const mean = (value: (of: Comparison) => number) => compared.reduce((sum, { share, comparison }) => sum + share * value(comparison), 0);
  const outcome = (side: 'alwaysLarge' | 'routed' | 'escalated'): Outcome => ({
    costMicroUsd: mean((of) => of[side].costMicroUsd),
    passPercent: mean((of) => of[side].passPercent),
  });
  return {
    alwaysLarge: outcome('alwaysLarge'),
    routed: outcome('routed'),
    escalated: outcome('escalated'),
  };
}

/** The part of docs/routing.md between its markers. */
export function renderRouterMix(): string {
  const summary = Object.entries(platforms).flatMap(([name, platform]) =>
    Object.entries(mixes).map(([mix, shareOf]) => [name, mix, ...summaryCells(compareMix(shareOf, platform))]),
  );
  const perTask = Object.entries(platforms).flatMap(([name, platform]) =>
    taskTypes.map((task) => [name, task, ...taskCells(task, platform)]),
  );
  const [anyPlatform] = Object.values(platforms);
  const prices = `Prices: ${anyPlatform?.priceTableVersion}. Costs are for 1,000 calls, and in percent of what always-large costs.`;
  return `${[prices, table(ASSUMPTIONS, taskTypes.map(assumptionCells)), table(SUMMARY, summary), table(PER_TASK, perTask)].join('\n\n')}\n`;
}

function callMicroUsd(task: TaskType, { price }: ModelEntry): number {
  const { inputTokens, outputTokens } = tasks[task];
  return costMicroUsd({ ...NO_USAGE, inputTokens, outputTokens }, price);
}

function repairMicroUsd(task: TaskType, { price }: ModelEntry, { routing }: PlatformDocument): number {
  const { inputTokens, outputTokens } = tasks[task];
  return routing.validation.maxRepairs * costMicroUsd({ ...NO_USAGE, inputTokens: inputTokens + outputTokens, outputTokens }, price);
}

function assumptionCells(task: TaskType): string[] {
  const { inputTokens, outputTokens, sharePercent, passPercent } = tasks[task];
  return [task, `${inputTokens} / ${outputTokens}`, `${sharePercent}%`, ...UPWARDS.map((tier) => `${passPercent[tier]}%`)];
}

function summaryCells({ alwaysLarge, routed, escalated }: Comparison): string[] {
  const percent = (microUsd: number) => `${((100 * microUsd) / alwaysLarge.costMicroUsd).toFixed(1)}%`;
  const cells = (side: Outcome) => [`${usd(side)}, ${percent(side.costMicroUsd)}`, `${side.passPercent.toFixed(1)}%`];
  const isMet = percentOf(escalated, alwaysLarge) <= TARGET_PERCENT;
  const [large, largePasses] = [usd(alwaysLarge), `${alwaysLarge.passPercent.toFixed(1)}%`];
  return [large, largePasses, ...cells(routed), ...cells(escalated), isMet ? 'yes' : '**no**'];
}

function taskCells(task: TaskType, platform: PlatformDocument): string[] {
  const { alwaysLarge, routed, escalated } = compareTask(task, platform);
  const from = routedModel(task, platform, undefined, true).tier;
  const chain = UPWARDS.slice(UPWARDS.indexOf(from)).map((tier) => `\`${routedModel(task, platform, tier).id}\``);
  return [`\`${routedModel(task, platform).id}\``, usd(alwaysLarge), usd(routed), chain.join(', '), usd(escalated)];
}

export function percentOf(side: Outcome, whole: Outcome): number {
  return (100 * side.costMicroUsd) / whole.costMicroUsd;
}

function usd({ costMicroUsd }: Outcome): string {
  return `$${formatUsd(Math.round(costMicroUsd * 1_000)).slice(0, -4)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (require.main === module) {
  const text = fs.readFileSync(DOCUMENT, 'utf8');
  if (!MARKED.test(text)) throw new Error(`${DOCUMENT} has no markers "<!-- router-mix -->" and "<!-- /router-mix -->".`);
  const block = renderRouterMix();
  fs.writeFileSync(
    DOCUMENT,
    text.replace(MARKED, () => block),
  );
  process.stdout.write(block);
}
