import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';
import { canonicalJson } from '../canonical-json';
import { experimentPlan, type LabelRecord, labelRecord } from './label';
import { contentHash, type PromptContent, promptContent, slug, versionNumber } from './prompt-content';

/**
 * Prompts and experiments as the registry's table keeps them. Attributes are snake_case, times epoch milliseconds. A version's content is kept as
 * the text that its hash is of.
 */

type Item = Record<string, AttributeValue>;
type Key = { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };

export const PROMPT_PREFIX = 'PROMPT#';
export const PROMPT_SORT = 'PROMPT';
export const VERSION_SORT_PREFIX = 'VERSION#';
export const LABEL_SORT_PREFIX = 'LABEL#';
export const EXPERIMENT_PREFIX = 'EXPERIMENT#';
export const EXPERIMENT_SORT = 'EXPERIMENT';

const REVISION_DIGITS = 10;

/** What is said of all versions of a prompt together. */
export const promptHead = z.object({
  id: slug,
  owner: z.string().min(1).max(128),
  description: z.string().max(1000).optional(),
  /** Moved only by who says so twice. */
  protectedLabels: z.array(slug).max(20),
  /** Epoch milliseconds. */
  updatedAt: z.number(),
});

export const promptVersion = z.object({
  id: slug,
  version: versionNumber,
  /** SHA-256 of `content` in canonical JSON. */
  hash: z.string(),
  content: promptContent,
  /** Epoch milliseconds. */
  createdAt: z.number(),
  createdBy: z.string().optional(),
});

export const experimentRecord = z.object({
  plan: experimentPlan,
  promptId: slug,
  label: slug,
  owner: z.string().min(1).max(128),
  /** What is hoped for. */
  hypothesis: z.string().max(1000).optional(),
  status: z.enum(['draft', 'running', 'stopped']),
  /** All epoch milliseconds. */
  createdAt: z.number(),
  startedAt: z.number().optional(),
  stoppedAt: z.number().optional(),
});

export type PromptHead = z.infer<typeof promptHead>;
export type PromptVersion = z.infer<typeof promptVersion>;
export type ExperimentRecord = z.infer<typeof experimentRecord>;

export function promptKey(id: string): Key {
  return keyOf(PROMPT_PREFIX + id, PROMPT_SORT);
}

export function versionKey(id: string, version: number): Key {
  return keyOf(PROMPT_PREFIX + id, VERSION_SORT_PREFIX + String(version));
}

export function labelKey(id: string, label: string): Key {
  return keyOf(PROMPT_PREFIX + id, LABEL_SORT_PREFIX + label);
}

/** Of what a label was at one of its revisions, once it is another. Ascending by revision. */
export function labelLogKey(id: string, label: string, revision: number): Key {
  return keyOf(PROMPT_PREFIX + id, labelLogPrefix(label) + String(revision).padStart(REVISION_DIGITS, '0'));
}

export function labelLogPrefix(label: string): string {
  return `LABELLOG#${label}#`;
}

export function experimentKey(id: string): Key {
  return keyOf(EXPERIMENT_PREFIX + id, EXPERIMENT_SORT);
}

export function toPromptItem({ id, owner, description, protectedLabels, updatedAt }: PromptHead): Item {
  return { ...promptKey(id), ...marshalItem({ id, owner, description, protected_labels: protectedLabels, updated_at: updatedAt }) };
}

export function fromPromptItem(item: Item): PromptHead {
  const { id, owner, description, protected_labels, updated_at } = unmarshalItem(item);
  return read(promptHead, { id, owner, description, protectedLabels: protected_labels, updatedAt: updated_at }, item);
}

export function toVersionItem(
  id: string,
  version: number,
  content: PromptContent,
  by: { readonly at: number; readonly who?: string },
): Item {
  const text = canonicalJson(content);
  const record = { id, version, hash: contentHash(content), content: text, created_at: by.at, created_by: by.who };
  return { ...versionKey(id, version), ...marshalItem(record) };
}

/** @throws Error for a content that is not the one that was hashed. */
export function fromVersionItem(item: Item): PromptVersion {
  const { id, version, hash, content, created_at, created_by } = unmarshalItem(item);
  const parsed = typeof content === 'string' ? (JSON.parse(content) as unknown) : content;
  const record = read(promptVersion, { id, version, hash, content: parsed, createdAt: created_at, createdBy: created_by }, item);
  if (contentHash(record.content) === record.hash) return record;
  throw new Error(
    `Version ${record.version} of prompt ${record.id} is not what was released: its content does not have the hash ${record.hash}.`,
  );
}

/** @param key Of the label, or of its log. */
export function toLabelItem(key: Key, record: LabelRecord): Item {
  const { label, version, canary, experiment, revision, before, change, updatedAt, updatedBy } = record;
  const attributes = { label, version, canary, experiment, revision, before, change, updated_at: updatedAt, updated_by: updatedBy };
  return { ...key, ...marshalItem(attributes) };
}

export function fromLabelItem(item: Item): LabelRecord {
  const { updated_at, updated_by, ...rest } = unmarshalItem(item);
  return read(labelRecord, { ...rest, updatedAt: updated_at, updatedBy: updated_by }, item);
}

export function toExperimentItem(record: ExperimentRecord): Item {
  const { plan, promptId, label, owner, hypothesis, status, createdAt, startedAt, stoppedAt } = record;
  const times = { created_at: createdAt, started_at: startedAt, stopped_at: stoppedAt };
  return { ...experimentKey(plan.id), ...marshalItem({ plan, prompt_id: promptId, label, owner, hypothesis, status, ...times }) };
}

export function fromExperimentItem(item: Item): ExperimentRecord {
  const { plan, prompt_id, label, owner, hypothesis, status, created_at, started_at, stopped_at } = unmarshalItem(item);
  const times = { createdAt: created_at, startedAt: started_at, stoppedAt: stopped_at };
  return read(experimentRecord, { plan, promptId: prompt_id, label, owner, hypothesis, status, ...times }, item);
}

function keyOf(pk: string, sk: string): Key {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** @throws Error naming the item: what cannot be read must never look like something else. */
function read<T>(schema: z.ZodType<T>, value: unknown, item: Item): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`The item ${item.pk?.S} / ${item.sk?.S} cannot be read: ${z.prettifyError(parsed.error)}`);
}
