import * as fs from 'node:fs';
import * as path from 'node:path';
import { unreadableState } from '../../state/state-folder';
import { generateKey, isKeySpec, type KeySpec, type StoredKey } from './key-material';

const FILE = 'keys.json';

/** Secrets of keys by ARN, in one file that only its owner may read; in memory without a directory. */
export class KeyStore {
  private readonly keys: Map<string, StoredKey>;

  /** Throws an error of one sentence when the file cannot be read. */
  constructor(private readonly directory: string | undefined) {
    this.keys = directory === undefined ? new Map() : read(directory);
  }

  /** The key of that ARN, made when there is none of that kind. */
  ensure(arn: string, spec: KeySpec): StoredKey {
    const known = this.keys.get(arn);
    if (known?.spec === spec) return known;
    const made = generateKey(spec);
    this.keys.set(arn, made);
    if (this.directory !== undefined) write(this.directory, this.keys);
    return made;
  }
}

function read(directory: string): Map<string, StoredKey> {
  try {
    const text = fs.readFileSync(path.join(directory, FILE), 'utf8');
    const entries = Object.entries(JSON.parse(text) as Record<string, Partial<StoredKey> | null>);
    return new Map(entries.map(([arn, key]) => [arn, check(arn, key)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw unreadableState('KMS', directory, error);
  }
}

function check(arn: string, key: Partial<StoredKey> | null): StoredKey {
  const { spec, material } = key ?? {};
  if (typeof spec !== 'string' || !isKeySpec(spec) || typeof material !== 'string') throw new Error(`the key ${arn} is damaged`);
  return { spec, material };
}

function write(directory: string, keys: ReadonlyMap<string, StoredKey>): void {
  fs.mkdirSync(directory, { recursive: true });
  const file = path.join(directory, FILE);
  fs.writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(keys)), { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}
