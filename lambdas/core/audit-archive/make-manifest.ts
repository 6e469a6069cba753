import { sha256Hex } from '../canonical-json';
import { addDays, manifestKey, recordsPrefix } from './archive-keys';
import type { ArchiveStore } from './archive-store';
import { type Manifest, manifestHash, type SignedManifest, signedManifest } from './manifest';
import type { ManifestSigner } from './manifest-signer';

export interface ManifestPorts {
  readonly archive: ArchiveStore;
  readonly signer: ManifestSigner;
  /** Name of the table whose records are archived. */
  readonly table: string;
  nowMs(): number;
}

/** Days that are looked back for the manifest before: an environment that nobody used for so long begins a new chain. */
const MAX_GAP_DAYS = 60;

/** Writes the day's manifest, once: what is there already stays. @param day A day that is over. @returns the manifest in force; undefined for one that cannot be read. */
export async function makeManifest(day: string, ports: ManifestPorts): Promise<Manifest | undefined> {
  const existing = await readManifest(day, ports.archive);
  if (existing !== undefined) return existing === 'unreadable' ? undefined : existing.manifest;
  const objects: Manifest['objects'] = [];
  for await (const key of ports.archive.list(recordsPrefix(day))) {
    const object = await ports.archive.read(key);
    if (object === undefined) continue;
    const { text, versionId } = object;
    objects.push({ key, version_id: versionId, sha256: sha256Hex(text), records: linesOf(text).length });
  }
  const manifest: Manifest = {
    version: 1,
    day,
    table: ports.table,
    objects,
    records: objects.reduce((sum, { records }) => sum + records, 0),
    previous: await previousOf(day, ports.archive),
    created_at: ports.nowMs(),
  };
  const signed = await ports.signer.sign(manifest);
  const isWritten = await ports.archive.putNew(manifestKey(day), `${JSON.stringify(signed, null, 2)}\n`, 'application/json');
  if (isWritten) return manifest;
  // Another run was quicker.
  const quicker = await readManifest(day, ports.archive);
  return quicker === 'unreadable' ? undefined : (quicker?.manifest ?? manifest);
}

/** @returns undefined where the day has none, `unreadable` for what is no manifest: somebody put it there. */
export async function readManifest(day: string, archive: ArchiveStore): Promise<SignedManifest | 'unreadable' | undefined> {
  const object = await archive.read(manifestKey(day));
  if (object === undefined) return undefined;
  try {
    return signedManifest.parse(JSON.parse(object.text));
  } catch {
    return 'unreadable';
  }
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** One that cannot be read is passed over, and is found when its own day is checked. */
async function previousOf(day: string, archive: ArchiveStore): Promise<Manifest['previous']> {
  for (let gap = 1; gap <= MAX_GAP_DAYS; gap += 1) {
    const before = addDays(day, -gap);
    const signed = await readManifest(before, archive);
    if (signed !== undefined && signed !== 'unreadable') return { day: before, sha256: manifestHash(signed.manifest) };
  }
  return null;
}
