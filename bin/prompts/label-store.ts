import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ExperimentPlan, LabelRecord } from '../../lambdas/core/prompts/label';
import { fromLabelItem, labelKey, labelLogKey, toLabelItem, toLabelLogItem } from '../../lambdas/core/prompts/prompt-items';
import type { RegistryTable } from '../../lambdas/core/administration/registry-items';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import { findVersion } from './version-store';

/** Labels of prompts in the registry table. Actions needed: dynamodb:GetItem on prompts and labels, PutItem on the label that moves. */

export interface LabelTarget extends RegistryTable {
  readonly id: string;
  readonly label: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

type Change = Pick<LabelRecord, 'version' | 'canary' | 'experiment' | 'change' | 'before'>;

/** Moves a label to a version, for all subjects. A canary ends by it. @throws RegistryError while an experiment runs, or for an unknown version. */
export async function promote(target: LabelTarget, version: number): Promise<LabelRecord> {
  await checkVersion(target, version);
  return change(target, (current) => {
    checkNoExperiment(target, current);
    if (current?.version === version && current.canary === undefined)
      throw new RegistryError(`Label ${target.label} of prompt ${target.id} is at version ${version} already.`);
    return { version, change: 'promote', before: settledRevision(current) };
  });
}

/** Returns a label to what it was before it was last promoted, or before its canary or experiment began. Again: to what was before that. */
export async function rollback(target: LabelTarget): Promise<LabelRecord> {
  return change(target, (current) => {
    if (current === undefined) throw noSuchLabel(target);
    return returned(target, current, 'rollback');
  });
}

/** Gives a part of the subjects another version; those whom a smaller canary had stay in it. @throws RegistryError for an unknown version or label. */
export async function startCanary(target: LabelTarget, version: number, percent: number): Promise<LabelRecord> {
  await checkVersion(target, version);
  return change(target, (current) => {
    if (current === undefined) throw noSuchLabel(target);
    checkNoExperiment(target, current);
    if (current.version === version)
      throw new RegistryError(`Label ${target.label} of prompt ${target.id} gives version ${version} to everybody already.`);
    return { version: current.version, canary: { version, percent }, change: 'canary', before: settledRevision(current) };
  });
}

/** Gives everybody the label's own version again. */
export async function stopCanary(target: LabelTarget): Promise<LabelRecord> {
  return change(target, (current) => {
    if (current?.canary === undefined) throw new RegistryError(`Label ${target.label} of prompt ${target.id} has no canary.`);
    return returned(target, current, 'canary_stop');
  });
}

/** @throws RegistryError for an unknown version or label, and while a canary or another experiment runs. */
export async function startExperiment(target: LabelTarget, plan: ExperimentPlan): Promise<LabelRecord> {
  for (const { version } of [...plan.arms, ...(plan.shadow ? [plan.shadow] : [])]) {
    if (version !== undefined) await checkVersion(target, version);
  }
  return change(target, (current) => {
    if (current === undefined) throw noSuchLabel(target);
    checkNoExperiment(target, current);
    if (current.canary !== undefined)
      throw new RegistryError(`Label ${target.label} of prompt ${target.id} has a canary: promote or stop it before an experiment.`);
    return { version: current.version, experiment: plan, change: 'experiment_start', before: current.revision };
  });
}

export async function stopExperiment(target: LabelTarget): Promise<LabelRecord> {
  return change(target, (current) => {
    if (current?.experiment === undefined) throw new RegistryError(`Label ${target.label} of prompt ${target.id} has no experiment.`);
    return returned(target, current, 'experiment_stop');
  });
}

/** The label as it was at its revision `before`, where it had neither canary nor experiment. */
async function returned(target: LabelTarget, current: LabelRecord, change: LabelRecord['change']): Promise<Change> {
  const { client, table, id, label } = target;
  if (current.before === undefined)
    throw new RegistryError(`Label ${label} of prompt ${id} has nothing to return to: no other version was promoted before.`);
  const Key = labelLogKey(id, label, current.before);
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  if (item === undefined)
    throw new RegistryError(`Revision ${current.before} of label ${label} of prompt ${id} is not in its log: promote a version.`);
  const { version, before } = fromLabelItem(item).record;
  return { version, before, change };
}

/**
 * One change of a label: first what it was goes to its log, then it is replaced, on condition that nobody else did. A crash in between leaves a log
 * that says the same as the label.
 */
async function change(target: LabelTarget, changed: (current: LabelRecord | undefined) => Change | Promise<Change>): Promise<LabelRecord> {
  const { client, table, id, label, nowMs } = target;
  const current = await findLabel(target);
  const record: LabelRecord = { label, ...(await changed(current)), revision: (current?.revision ?? 0) + 1, updatedAt: nowMs };
  if (current !== undefined) await client.send(new PutItemCommand({ TableName: table, Item: toLabelLogItem({ id, record: current }) }));
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: toLabelItem({ id, record }),
        ConditionExpression: current === undefined ? 'attribute_not_exists(pk)' : 'revision = :revision',
        ExpressionAttributeValues: current === undefined ? undefined : { ':revision': { N: String(current.revision) } },
      }),
    );
    return record;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new RegistryError(`Label ${label} of prompt ${id} was moved by somebody else at this moment; look at it and try again.`);
  }
}

export async function findLabel({ client, table, id, label }: Omit<LabelTarget, 'nowMs'>): Promise<LabelRecord | undefined> {
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: labelKey(id, label), ConsistentRead: true }));
  return item && fromLabelItem(item).record;
}

/** What a rollback returns to: the label before its canary, whatever the canary's share was in between. */
function settledRevision(current: LabelRecord | undefined): number | undefined {
  return current?.canary === undefined ? current?.revision : current.before;
}

async function checkVersion(target: LabelTarget, version: number): Promise<void> {
  if ((await findVersion(target, target.id, version)) !== undefined) return;
  throw new RegistryError(`Prompt ${target.id} has no version ${version} here: push it first (blueprint prompts push ${target.id}).`);
}

function checkNoExperiment({ id, label }: LabelTarget, current: LabelRecord | undefined): void {
  if (current?.experiment === undefined) return;
  const message = `Experiment ${current.experiment.id} runs on label ${label} of prompt ${id}: stop it first (blueprint prompts experiment ${id} --stop), or roll back.`;
  throw new RegistryError(message);
}

function noSuchLabel({ id, label }: LabelTarget): RegistryError {
  return new RegistryError(`Prompt ${id} has no label ${label} here: blueprint prompts promote makes it.`);
}
