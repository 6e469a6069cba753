import {
  type AttributeValue,
  DuplicateItemException,
  ExecuteStatementCommand,
  GetItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { contentHash, type PromptContent } from '../../lambdas/core/prompts/prompt-content';
import {
  fromLabelItem,
  fromVersionItem,
  LABEL_PREFIX,
  LABEL_SORT,
  PROMPT_PREFIX,
  PROMPT_SORT,
  type PromptLabel,
  type PromptVersion,
  toPromptItem,
  toVersionItem,
  VERSION_SORT_PREFIX,
  versionKey,
} from '../../lambdas/core/prompts/prompt-items';
import { type RegistryTable, scanItems } from '../../lambdas/core/administration/registry-items';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import type { PromptFolder } from './prompt-folder';

/** Versions of prompts in the registry table. They are inserted and never rewritten: dynamodb:PartiQLInsert and GetItem are all that a push needs. */

type Item = Record<string, AttributeValue>;

export interface PushedVersion {
  readonly id: string;
  readonly version: number;
  readonly hash: string;
  /** False when it was there already. */
  readonly created: boolean;
}

/**
 * Puts the versions that the registry lacks into it.
 *
 * @throws RegistryError when it has one of them with another content; then nothing was written.
 */
export async function pushPrompt(registry: RegistryTable, prompt: PromptFolder, nowMs: number): Promise<readonly PushedVersion[]> {
  const { id, owner, versions } = prompt;
  const found = await Promise.all(
    versions.map(async ({ version, content }) => ({ version, content, before: await findVersion(registry, id, version) })),
  );
  for (const { version, content, before } of found) checkSame(id, version, content, before?.hash);
  // The mark last: a prompt is there when it has a version.
  const pushed: PushedVersion[] = [];
  for (const { version, content, before } of found) {
    const created = before === undefined && (await insertVersion(registry, { id, version, content, owner, createdAt: nowMs }));
    pushed.push({ id, version, hash: contentHash(content), created });
  }
  await insert(registry, toPromptItem(id, nowMs));
  return pushed;
}

export async function findVersion({ client, table }: RegistryTable, id: string, version: number): Promise<PromptVersion | undefined> {
  const { Item: item } = await client.send(new GetItemCommand({ TableName: table, Key: versionKey(id, version), ConsistentRead: true }));
  return item && fromVersionItem(item);
}

/** All versions of a prompt, ascending. */
export async function listVersions({ client, table }: RegistryTable, id: string): Promise<readonly PromptVersion[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :version)',
      ExpressionAttributeValues: { ':pk': { S: PROMPT_PREFIX + id }, ':version': { S: VERSION_SORT_PREFIX } },
    },
  );
  const versions: PromptVersion[] = [];
  for await (const { Items = [] } of pages) versions.push(...Items.map(fromVersionItem));
  return versions.toSorted((a, b) => a.version - b.version);
}

export interface ListedPrompt {
  readonly id: string;
  readonly versions: readonly PromptVersion[];
  readonly labels: readonly PromptLabel['record'][];
}

/** All prompts, or one, with their versions and labels. */
export async function listPrompts(registry: RegistryTable, only?: string): Promise<readonly ListedPrompt[]> {
  const marks = only === undefined ? await scanItems(registry, PROMPT_PREFIX, PROMPT_SORT) : [];
  const ids = only === undefined ? marks.map(({ pk }) => (pk?.S ?? '').slice(PROMPT_PREFIX.length)).sort() : [only];
  const labels = (await scanItems(registry, LABEL_PREFIX, LABEL_SORT)).map(fromLabelItem);
  const prompts = await Promise.all(ids.map(async (id) => ({ id, versions: await listVersions(registry, id) })));
  return prompts
    .filter(({ versions }) => versions.length > 0)
    .map((prompt) => ({
      ...prompt,
      labels: labels
        .filter(({ id }) => id === prompt.id)
        .map(({ record }) => record)
        .toSorted((a, b) => a.label.localeCompare(b.label)),
    }));
}

function checkSame(id: string, version: number, content: PromptContent, before: string | undefined): void {
  if (before === undefined || before === contentHash(content)) return;
  throw new RegistryError(
    `Version ${version} of prompt ${id} was released with another content, and versions never change. Put yours in the next folder.`,
  );
}

async function insertVersion(registry: RegistryTable, version: Omit<PromptVersion, 'hash'>): Promise<boolean> {
  if (await insert(registry, toVersionItem(version))) return true;
  // Somebody else was first: it is the same, or it is not.
  checkSame(version.id, version.version, version.content, (await findVersion(registry, version.id, version.version))?.hash);
  return false;
}

/** By PartiQL's INSERT, which a role may hold without being able to change what is there. False when the key was taken. */
async function insert({ client, table }: RegistryTable, item: Item): Promise<boolean> {
  const names = Object.keys(item).map((name) => `'${name}': ?`);
  try {
    await client.send(
      new ExecuteStatementCommand({ Statement: `INSERT INTO "${table}" VALUE {${names.join(', ')}}`, Parameters: Object.values(item) }),
    );
    return true;
  } catch (error) {
    if (error instanceof DuplicateItemException) return false;
    throw error;
  }
}
