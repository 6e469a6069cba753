import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { marshalItem, unmarshalItem } from '../attribute-values';
import { labelRecord } from './label';
import { contentHash, type PromptContent, promptContent } from './prompt-content';
import { slug, versionNumber } from './slug';

/**
 * Prompts as the registry's table keeps them. Attributes are snake_case, times epoch milliseconds. A version's content is kept as
 * it was written, since models answer in the order of their schema's members; its hash is of canonical JSON. Labels have partition keys of their own, by
 * which a role may be let move one label and not another.
 */

type Item = Record<string, AttributeValue>;
type Key = { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };

export const PROMPT_PREFIX = 'PROMPT#';
export const PROMPT_SORT = 'PROMPT';
export const VERSION_SORT_PREFIX = 'VERSION#';
export const LABEL_PREFIX = 'LABEL#';
export const LABEL_SORT = 'LABEL';
export const LABEL_LOG_PREFIX = 'LOG#';

const REVISION_DIGITS = 10;

const promptVersion = z.object({
  id: slug,
  version: versionNumber,
  /** SHA-256 of `content` in canonical JSON. */
  hash: z.string(),
  content: promptContent,
  /** Who answers for it. */
  owner: z.string(),
  /** Epoch milliseconds. */
  createdAt: z.number(),
});

const promptLabel = z.object({ id: slug, record: labelRecord });

export type PromptVersion = z.infer<typeof promptVersion>;
/** A label with the prompt whose it is. */
export type PromptLabel = z.infer<typeof promptLabel>;

/** Of the mark that there is such a prompt. */
export function promptKey(id: string): Key {
  return keyOf(PROMPT_PREFIX + id, PROMPT_SORT);
}

export function versionKey(id: string, version: number): Key {
  return keyOf(PROMPT_PREFIX + id, VERSION_SORT_PREFIX + String(version));
}

export function labelKey(id: string, label: string): Key {
  return keyOf(labelPartition(id, label), LABEL_SORT);
}

/** Of what a label was at one of its revisions, once it is another. Ascending by revision. */
export function labelLogKey(id: string, label: string, revision: number): Key {
  return keyOf(labelPartition(id, label), LABEL_LOG_PREFIX + String(revision).padStart(REVISION_DIGITS, '0'));
}

export function toPromptItem(id: string, createdAt: number): Item {
  return { ...promptKey(id), ...marshalItem({ id, created_at: createdAt }) };
}

export function toVersionItem({ id, version, content, owner, createdAt }: Omit<PromptVersion, 'hash'>): Item {
  const record = { id, version, hash: contentHash(content), content: JSON.stringify(content), owner, created_at: createdAt };
  return { ...versionKey(id, version), ...marshalItem(record) };
}

/** @throws Error for a content that is not the one that was hashed. */
export function fromVersionItem(item: Item): PromptVersion {
  const { id, version, hash, content, owner, created_at } = unmarshalItem(item);
  const parsed = typeof content === 'string' ? (JSON.parse(content) as PromptContent) : content;
  const record = read(promptVersion, { id, version, hash, content: parsed, owner, createdAt: created_at }, item);
  if (contentHash(record.content) === record.hash) return record;
  throw new Error(
    `Version ${record.version} of prompt ${record.id} is not what was released: its content does not have the hash ${record.hash}.`,
  );
}

export function toLabelItem(label: PromptLabel): Item {
  return { ...labelKey(label.id, label.record.label), ...labelAttributes(label) };
}

export function toLabelLogItem(label: PromptLabel): Item {
  return { ...labelLogKey(label.id, label.record.label, label.record.revision), ...labelAttributes(label) };
}

/** Of a label, or of its log. */
export function fromLabelItem(item: Item): PromptLabel {
  const { id, updated_at, ...rest } = unmarshalItem(item);
  return read(promptLabel, { id, record: { ...rest, updatedAt: updated_at } }, item);
}

function labelAttributes({ id, record }: PromptLabel): Item {
  const { updatedAt, ...rest } = record;
  return marshalItem({ id, ...rest, updated_at: updatedAt });
}

function labelPartition(id: string, label: string): string {
  return `${LABEL_PREFIX}${label}#${id}`;
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
