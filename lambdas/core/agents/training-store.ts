import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshalItem, unmarshalItem } from '../attribute-values';
import type { DecisionRecord } from './decision';
import { createDecisionStore, fromDecisionItem } from './decision-store';
import { CASE_SORT, fromCaseItem } from './review-store';
import { decisionList, decisionPk, expiresAt, keyOf, LIST_INDEX, type RunsTable } from './runs-table';

/** What was right, as somebody or something found out after the decision. */
export interface Label {
  /** `outcome`, or who says so: lower-case letters, digits and hyphens. */
  readonly source: string;
  readonly value: unknown;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** One decision as an example to learn from, with where each part of it comes from. */
export interface TrainingExample {
  readonly decision_id: string;
  readonly agent: string;
  readonly input: unknown;
  readonly prediction: unknown;
  readonly confidence: number;
  /** The latest outcome; without one what a reviewer approved or put in the prediction's place; null while nobody has said. */
  readonly label: unknown;
  readonly label_source: string | null;
  /** Every label there is, the oldest first. */
  readonly labels: readonly { readonly source: string; readonly value: unknown; readonly at: string }[];
  readonly lineage: {
    readonly event: { readonly id: string; readonly name: string; readonly version: number; readonly time: string };
    readonly prompt: { readonly id: string; readonly version: number; readonly hash: string | null };
    readonly model: string;
    readonly call_id: string;
    readonly input_sha256: string;
    readonly decided_at: string;
  };
}

const LABEL_PREFIX = 'LABEL#';
const SOURCE = /^[a-z][a-z0-9-]{0,30}$/;
const MS_PER_DAY = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** There is no such decision, or a label that is none. */
export class LabelError extends Error {
  override readonly name = 'LabelError';
}

/** Adds a label to a decision. None is ever changed or taken back: a later one counts. @throws LabelError */
export async function labelDecision(runs: RunsTable, decisionId: string, { source, value, atMs }: Label): Promise<void> {
  if (!SOURCE.test(source)) throw new LabelError(`The source of a label is lower-case letters, digits or hyphens; got "${source}".`);
  if (source === 'review') throw new LabelError('Labels of reviews come from the reviews themselves.');
  if (value === undefined) throw new LabelError('A label needs a value.');
  if ((await createDecisionStore(runs, () => atMs).find(decisionId)) === undefined)
    throw new LabelError(`There is no decision ${decisionId}.`);
  const members = { source, value: JSON.stringify(value), at: atMs, expires_at: expiresAt(runs, atMs) };
  // In the order in which they came.
  const sort = `${LABEL_PREFIX}${new Date(atMs).toISOString()}#${source}`;
  await runs.client.send(
    new PutItemCommand({ TableName: runs.table, Item: { ...keyOf(decisionPk(decisionId), sort), ...marshalItem(members) } }),
  );
}

/**
 * The decisions of an agent on these days (UTC, both included), joined with their labels, the oldest first.
 *
 * @throws LabelError for days that are none.
 */
export async function* trainingExamples(
  runs: Pick<RunsTable, 'client' | 'table'>,
  agent: string,
  days: { readonly from: string; readonly to: string },
): AsyncGenerator<TrainingExample, void> {
  for (const day of daysOf(days)) {
    const query = { IndexName: LIST_INDEX, KeyConditionExpression: '#list = :value', ExpressionAttributeNames: { '#list': 'list' } };
    for await (const item of itemsOf(runs, query, decisionList(agent, day))) {
      const decision = fromDecisionItem(item);
      yield exampleOf(decision, await labelsOf(runs, decision));
    }
  }
}

async function labelsOf(runs: Pick<RunsTable, 'client' | 'table'>, decision: DecisionRecord): Promise<readonly Label[]> {
  const labels: Label[] = [];
  for await (const item of itemsOf(runs, { KeyConditionExpression: 'pk = :value' }, decisionPk(decision.id))) {
    const sort = item.sk?.S ?? '';
    if (sort.startsWith(LABEL_PREFIX)) {
      const { source, value, at } = unmarshalItem(item);
      labels.push({ source: String(source), value: JSON.parse(String(value)), atMs: Number(at) });
    }
    if (sort === CASE_SORT) labels.push(...reviewLabel(item, decision));
  }
  return labels.toSorted((a, b) => a.atMs - b.atMs);
}

/** A rejection says that the answer was wrong, and not what is right; nobody's answer says nothing. */
function reviewLabel(item: Record<string, AttributeValue>, { prediction }: DecisionRecord): readonly Label[] {
  const { verdict, output, resolvedAtMs = 0 } = fromCaseItem(item);
  if (verdict === 'approve') return [{ source: 'review', value: prediction, atMs: resolvedAtMs }];
  if (verdict === 'amend') return [{ source: 'review', value: output, atMs: resolvedAtMs }];
  return verdict === 'reject' ? [{ source: 'review', value: { rejected: true }, atMs: resolvedAtMs }] : [];
}

function exampleOf(decision: DecisionRecord, labels: readonly Label[]): TrainingExample {
  const label = labels.findLast(({ source }) => source !== 'review') ?? labels.at(-1);
  return {
    decision_id: decision.id,
    agent: decision.agent,
    input: decision.input,
    prediction: decision.prediction,
    confidence: decision.confidence,
    label: label?.value ?? null,
    label_source: label?.source ?? null,
    labels: labels.map(({ source, value, atMs }) => ({ source, value, at: iso(atMs) })),
    lineage: {
      event: { id: decision.eventId, name: decision.eventName, version: decision.eventVersion, time: iso(decision.eventTimeMs) },
      prompt: { id: decision.promptId, version: decision.promptVersion, hash: decision.promptHash ?? null },
      model: decision.model,
      call_id: decision.callId,
      input_sha256: decision.inputHash,
      decided_at: iso(decision.decidedAtMs),
    },
  };
}

async function* itemsOf(
  { client, table }: Pick<RunsTable, 'client' | 'table'>,
  query: {
    readonly IndexName?: string;
    readonly KeyConditionExpression: string;
    readonly ExpressionAttributeNames?: Record<string, string>;
  },
  value: string,
): AsyncGenerator<Record<string, AttributeValue>, void> {
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({ ...query, TableName: table, ExpressionAttributeValues: { ':value': { S: value } }, ExclusiveStartKey: start }),
    );
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

function daysOf({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  const [first, last] = [from, to].map((day) => {
    const ms = Date.parse(`${day}T00:00:00Z`);
    if (DAY.test(day) && iso(ms).startsWith(day)) return ms;
    throw new LabelError(`"${day}" is no day; one looks like 2026-11-20.`);
  }) as [number, number];
  if (last < first) throw new LabelError(`The last day, ${to}, is before the first, ${from}.`);
  return Array.from({ length: (last - first) / MS_PER_DAY + 1 }, (_none, index) => iso(first + index * MS_PER_DAY).slice(0, 10));
}

function iso(epochMs: number): string {
  return Number.isFinite(epochMs) ? new Date(epochMs).toISOString() : '';
}
