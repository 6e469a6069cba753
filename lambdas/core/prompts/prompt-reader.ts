import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../clock';
import { ExpiringCache } from '../expiring-cache';
import { storeError } from '../store-error';
import { type CompiledPrompt, compilePrompt } from './compile-prompt';
import { DEFAULT_LABEL, type LabelRecord } from './label';
import { fromLabelItem, fromVersionItem, labelKey, promptKey, versionKey } from './prompt-items';

/** A label that was moved is followed everywhere after this long. */
const LABEL_TTL_MS = 30_000;
const MAX_LABELS = 10_000;
/** Versions never change; what nobody asks for makes room. */
const VERSION_TTL_MS = 3_600_000;
const MAX_VERSIONS = 200;

type Item = Record<string, AttributeValue>;

/** A version as it is called. */
export interface ReleasedPrompt {
  readonly hash: string;
  readonly prompt: CompiledPrompt;
}

/** Prompts as callers have them. All reject with GatewayError `store_unavailable` or `internal_error`. */
export interface PromptReader {
  findLabel(id: string, label: string): Promise<LabelRecord | undefined>;
  findVersion(id: string, version: number): Promise<ReleasedPrompt | undefined>;
  /** Whether there is such a prompt at all. */
  exists(id: string): Promise<boolean>;
  /** Begins to look at a prompt's default label again where that is known and too old, while something else is waited for. Never throws. */
  refresh(id: string): void;
}

/** The registry's table behind caches: of 30 s for what can change. A version that does not exist is looked for each time. */
export function createPromptReader(client: DynamoDBClient, table: string, clock: Clock): PromptReader {
  const { nowMs } = clock;
  const changing = { ttlMs: LABEL_TTL_MS, maxEntries: MAX_LABELS, nowMs };
  const labels = new ExpiringCache<LabelRecord | undefined>(changing);
  const heads = new ExpiringCache<boolean>(changing);
  const versions = new ExpiringCache<ReleasedPrompt>({ ttlMs: VERSION_TTL_MS, maxEntries: MAX_VERSIONS, nowMs });

  async function read(key: Item): Promise<Item | undefined> {
    // Consistent, so that a label's move is at most one cache lifetime old.
    const command = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
    const { Item } = await client.send(command).catch((cause: unknown) => {
      throw storeError(cause);
    });
    return Item;
  }

  async function readVersion(id: string, version: number): Promise<ReleasedPrompt> {
    const item = await read(versionKey(id, version));
    if (item === undefined) throw new NoSuchVersion();
    const { hash, content } = fromVersionItem(item);
    return { hash, prompt: compilePrompt(content) };
  }

  const findLabel = (id: string, label: string) =>
    labels.get(JSON.stringify([id, label]), async () => {
      const item = await read(labelKey(id, label));
      return item && fromLabelItem(item).record;
    });

  return {
    findLabel,
    async findVersion(id, version) {
      const key = JSON.stringify([id, version]);
      try {
        return await versions.get(key, () => readVersion(id, version));
      } catch (error) {
        if (error instanceof NoSuchVersion) return undefined;
        throw error;
      }
    },
    exists: (id) => heads.get(id, async () => (await read(promptKey(id))) !== undefined),
    refresh(id) {
      // Only what was known already: what nobody may ask for costs no read.
      if (labels.last(JSON.stringify([id, DEFAULT_LABEL])) !== undefined) findLabel(id, DEFAULT_LABEL).catch(() => undefined);
    },
  };
}

/** Thrown so that its absence is not kept with what never changes. */
class NoSuchVersion extends Error {
  override readonly name = 'NoSuchVersion';
}
