import { canonicalJson, sha256Hex } from '../canonical-json';
import { addDays, manifestKey, recordsPrefix } from './archive-keys';
import type { ArchiveStore } from './archive-store';
import type { AuditItem, AuditTable } from './audit-table';
import { linesOf, readManifest } from './make-manifest';
import { type Manifest, manifestHash } from './manifest';
import type { ManifestSigner } from './manifest-signer';

/** Something that is not as it was. */
export interface Discrepancy {
  readonly kind:
    | 'no_manifest'
    | 'manifest_unreadable'
    | 'bad_signature'
    | 'broken_chain'
    | 'object_missing'
    | 'object_changed'
    | 'object_added'
    | 'object_unreadable'
    | 'record_missing'
    | 'record_changed'
    | 'record_added';
  /** An object's key, or a record's: `CALL#<id> SETTLEMENT`. */
  readonly what: string;
}

export interface DayVerdict {
  readonly day: string;
  /** Distinct records in the archive of the day. */
  readonly records: number;
  /** In the order found, at most 100. None: the day is intact. */
  readonly discrepancies: readonly Discrepancy[];
}

export interface VerifyPorts {
  readonly archive: ArchiveStore;
  readonly signer: ManifestSigner;
  readonly table: AuditTable;
  nowMs(): number;
}

const MAX_DISCREPANCIES = 100;
const KEYS_PER_READ = 100;

/**
 * Compares a day three ways: the signed manifest with the archive's objects, the archive's records with the table's, and the table's with the
 * archive's. Records that have expired are only in the archive.
 *
 * @param copiedDay Whose records of the table have to be in the archive: a day before `day` while copies of the day may still be on their way.
 */
export async function verifyDay(day: string, ports: VerifyPorts, copiedDay = day): Promise<DayVerdict> {
  const discrepancies: Discrepancy[] = [];
  const note = (kind: Discrepancy['kind'], what: string): void => {
    if (discrepancies.length < MAX_DISCREPANCIES) discrepancies.push({ kind, what });
  };
  await verifyManifest(day, ports, note);
  const archived = new Set<string>();
  for await (const items of archivedItems(day, ports.archive, note)) {
    for (const item of items) archived.add(nameOf(item));
    await compareWithTable(items, ports, note);
  }
  await findUnarchived(copiedDay, archived, ports, note);
  return { day, records: archived.size, discrepancies };
}

type Note = (kind: Discrepancy['kind'], what: string) => void;

async function verifyManifest(day: string, { archive, signer }: VerifyPorts, note: Note): Promise<void> {
  const signed = await readManifest(day, archive);
  if (signed === undefined) return note('no_manifest', day);
  if (signed === 'unreadable') return note('manifest_unreadable', manifestKey(day));
  if (!(await signer.holds(signed))) return note('bad_signature', day);
  const { objects, previous } = signed.manifest;
  if (previous !== null && !(await isLinked(previous, archive))) note('broken_chain', previous.day);
  for (const { key, version_id, sha256 } of objects) {
    const object = await archive.read(key, version_id);
    if (object === undefined) note('object_missing', key);
    else if (sha256Hex(object.text) !== sha256 || (await archive.versionOf(key)) !== version_id) note('object_changed', key);
  }
  const known = new Set(objects.map(({ key }) => key));
  for await (const key of archive.list(recordsPrefix(day))) if (!known.has(key)) note('object_added', key);
}

async function isLinked({ day, sha256 }: NonNullable<Manifest['previous']>, archive: ArchiveStore): Promise<boolean> {
  const before = await readManifest(day, archive);
  return before !== undefined && before !== 'unreadable' && manifestHash(before.manifest) === sha256;
}

/** Of a day's objects, as many at a time as the table reads at once. */
async function* archivedItems(day: string, archive: ArchiveStore, note: Note): AsyncGenerator<readonly AuditItem[], void> {
  let items: AuditItem[] = [];
  for await (const key of archive.list(recordsPrefix(day))) {
    const object = await archive.read(key);
    for (const line of linesOf(object?.text ?? '')) {
      const item = itemOf(line);
      if (item === undefined) {
        note('object_unreadable', key);
        break;
      }
      items.push(item);
      if (items.length < KEYS_PER_READ) continue;
      yield items;
      items = [];
    }
  }
  if (items.length > 0) yield items;
}

/** Undefined for what the copier does not write. */
function itemOf(line: string): AuditItem | undefined {
  try {
    const item = JSON.parse(line) as Partial<AuditItem> | null;
    return typeof item?.pk === 'string' && typeof item.sk === 'string' ? (item as AuditItem) : undefined;
  } catch {
    return undefined;
  }
}

async function compareWithTable(items: readonly AuditItem[], { table, nowMs }: VerifyPorts, note: Note): Promise<void> {
  // A batch that was copied twice has a key twice, which a read refuses.
  const distinct = [...new Map(items.map((item) => [nameOf(item), item])).values()];
  const found = new Map((await table.get(distinct)).map((item) => [nameOf(item), item]));
  for (const item of items) {
    const current = found.get(nameOf(item));
    if (current !== undefined) {
      if (canonicalJson(current) !== canonicalJson(item)) note('record_changed', nameOf(item));
    } else if (!hasExpired(item, nowMs())) note('record_missing', nameOf(item));
  }
}

/** Records that are in the table and came by another way than its stream, or were never copied. A copy is filed under the day of its arrival. */
async function findUnarchived(day: string, archived: ReadonlySet<string>, { archive, table }: VerifyPorts, note: Note): Promise<void> {
  const unseen = new Set<string>();
  for await (const key of table.keysOf(day)) if (!archived.has(nameOf(key))) unseen.add(nameOf(key));
  if (unseen.size === 0) return;
  for (const near of [addDays(day, -1), day, addDays(day, 1)]) {
    for await (const items of archivedItems(near, archive, () => undefined)) for (const item of items) unseen.delete(nameOf(item));
  }
  for (const name of unseen) note('record_added', name);
}

function hasExpired({ expires_at }: AuditItem, nowMs: number): boolean {
  return typeof expires_at === 'number' && expires_at * 1_000 <= nowMs;
}

function nameOf({ pk, sk }: { readonly pk: string; readonly sk: string }): string {
  return `${pk} ${sk}`;
}
