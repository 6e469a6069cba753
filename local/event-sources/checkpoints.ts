import * as fs from 'node:fs';
import * as path from 'node:path';
import { unreadableState } from '../state/state-folder';

const FILE = 'checkpoints.json';

/** How far each mapping has come, by its id; in one file, or in memory without a directory. */
export class Checkpoints {
  private readonly positions: Map<string, string>;

  /** Throws an error of one sentence when the file cannot be read. */
  constructor(private readonly directory: string | undefined) {
    this.positions = directory === undefined ? new Map() : read(directory);
  }

  /** Position of the last record that is done; undefined for a mapping that has none, and an empty text for one that begins with the oldest record. */
  get(id: string): string | undefined {
    return this.positions.get(id);
  }

  set(id: string, position: string): void {
    this.positions.set(id, position);
    if (this.directory === undefined) return;
    fs.mkdirSync(this.directory, { recursive: true });
    const file = path.join(this.directory, FILE);
    fs.writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(this.positions)));
    fs.renameSync(`${file}.new`, file);
  }
}

function read(directory: string): Map<string, string> {
  try {
    const positions = JSON.parse(fs.readFileSync(path.join(directory, FILE), 'utf8')) as unknown;
    const entries = typeof positions === 'object' && positions !== null ? Object.entries(positions) : undefined;
    if (!entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw new Error(`${FILE} holds no positions`);
    return new Map(entries);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw unreadableState('event source', directory, error);
  }
}
