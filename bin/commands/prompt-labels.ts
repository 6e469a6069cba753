import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { AUTO } from '../../lambdas/gateway/routing/choose-models';
import { type ExperimentPlan, experimentPlan, type LabelRecord } from '../../lambdas/core/prompts/label';
import {
  type LabelTarget,
  promote as promoteLabel,
  rollback as rollbackLabel,
  startCanary,
  startExperiment,
  stopCanary,
  stopExperiment,
} from '../prompts/label-store';
import { inWords } from '../prompts/label-words';
import { quoted } from '../../lambdas/core/administration/registry-input';
import { UsageError } from './cli-error';
import { movedLabelOf, promptIdOf, promptOptions, type PromptSubcommand, versionOf } from './prompt-options';
import { registryOptions } from './registry-command';
import { advice } from './scope-options';
import { noMore } from './subcommands';
import { namesOf } from './target';

const labelOptions = { ...registryOptions, label: 'string', confirm: 'boolean' } as const;

/** A subcommand that changes one label and says what it gives now. */
function changing(
  id: string,
  values: Parameters<typeof movedLabelOf>[0],
  nowMs: number,
  change: (target: LabelTarget) => Promise<LabelRecord>,
): ReturnType<PromptSubcommand['prepare']> {
  const label = movedLabelOf(values);
  return async ({ client, table, where }, print) => {
    const record = await change({ client, table, id, label, nowMs });
    print({ id, ...record }, `Label ${label} of ${id} in ${where} gives ${inWords(record)}; everywhere within 30 seconds.`);
  };
}

export const promote: PromptSubcommand = {
  options: labelOptions,
  prepare({ values, positionals }, nowMs) {
    noMore(positionals, 2, 'prompts promote');
    const id = promptIdOf(positionals, 'promote');
    const version = versionOf(positionals[1], 'promote');
    return changing(id, values, nowMs, (target) => promoteLabel(target, version));
  },
};

export const rollback: PromptSubcommand = {
  options: labelOptions,
  prepare({ values, positionals }, nowMs) {
    noMore(positionals, 1, 'prompts rollback');
    return changing(promptIdOf(positionals, 'rollback'), values, nowMs, rollbackLabel);
  },
};

export const canary: PromptSubcommand = {
  options: { ...labelOptions, percent: promptOptions.percent, stop: promptOptions.stop },
  prepare({ values, positionals }, nowMs) {
    noMore(positionals, values.stop ? 1 : 2, 'prompts canary');
    const id = promptIdOf(positionals, 'canary');
    if (values.stop) {
      if (values.percent !== undefined) throw new UsageError('Options --stop and --percent exclude each other.');
      return changing(id, values, nowMs, stopCanary);
    }
    const version = versionOf(positionals[1], 'canary');
    const percent = percentOf(values.percent);
    return changing(id, values, nowMs, (target) => startCanary(target, version, percent));
  },
};

export const experiment: PromptSubcommand = {
  options: { ...labelOptions, plan: promptOptions.plan, stop: promptOptions.stop },
  prepare({ values, positionals }, nowMs, cwd) {
    noMore(positionals, 1, 'prompts experiment');
    const id = promptIdOf(positionals, 'experiment');
    if ((values.plan === undefined) === (values.stop !== true))
      throw new UsageError('blueprint prompts experiment needs --plan <file> or --stop, one of them.');
    if (values.plan === undefined) return changing(id, values, nowMs, stopExperiment);
    const plan = readPlan(path.resolve(cwd, values.plan));
    const start = changing(id, values, nowMs, (target) => startExperiment(target, plan));
    return async (target, print) => {
      checkModels(plan, target.where);
      await start(target, print);
    };
  },
};

/** Once it runs, calls of an arm whose model there is not fail. @throws UsageError. Nothing is said of a gateway whose config is not known. */
function checkModels({ arms, shadow }: ExperimentPlan, where: string): void {
  const { models, aliases = [] } = namesOf(where);
  if (models === undefined) return;
  const known = [...models, ...aliases, AUTO];
  for (const { name, model } of shadow === undefined ? arms : [...arms, shadow]) {
    if (model === undefined || known.includes(model)) continue;
    throw new UsageError(
      `${quoted(name)} of the plan names the model ${quoted(model)}, which is no model of ${where}${advice(model, known)}`,
    );
  }
}

function percentOf(text: string | undefined): number {
  if (text === undefined) throw new UsageError('blueprint prompts canary needs --percent <1 to 99>, or --stop.');
  const percent = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (percent > 0) return percent;
  throw new UsageError(`Option --percent is ${quoted(text)}; it must be a whole number from 1 to 99.`);
}

function readPlan(file: string): ExperimentPlan {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = experimentPlan.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} is no experiment:\n${z.prettifyError(parsed.error)}`);
}
