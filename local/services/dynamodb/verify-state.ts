import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRecords } from './log-records';
import { readLiveTables } from './manifest';

/** Last eight bytes of every LevelDB table file. */
const TABLE_MAGIC = Buffer.from('57fb808b247547db', 'hex');

const TABLES_FILE = 'tables.json';

/** Where LevelDB's files are in a state directory. */
export function storePath(directory: string): string {
  return join(directory, 'store');
}

/** One sentence: what cannot be read, and that `--fresh` empties it. */
export function stateError(directory: string, what: string, cause?: unknown): Error {
  return new Error(
    `The local DynamoDB state in ${directory} cannot be read (${what}): start with "npm start -- --fresh", which empties it.`,
    {
      cause,
    },
  );
}

/** An error of LevelDB on opening, put so that a person can act on it. */
export function openError(directory: string, error: { readonly message: string; readonly cause?: unknown }): Error {
  const cause = error.cause as { readonly code?: string; readonly message: string } | undefined;
  if (cause?.code !== 'LEVEL_LOCKED') return stateError(directory, cause?.message ?? error.message, error);
  return new Error(`The local DynamoDB state in ${directory} is in use by another process: stop that "npm start" first.`, { cause: error });
}

/**
 * Looks for damage before LevelDB sees the files: LevelDB passes over what it cannot read of its log, makes a new store where its `CURRENT` is gone,
 * and then deletes the old files. Changes nothing. Rejects with `stateError`.
 *
 * @returns names of the tables that the state must hold
 */
export async function verifyState(directory: string): Promise<readonly string[]> {
  try {
    const tables = await readTables(directory);
    const storedBytes = await verifyStore(storePath(directory));
    if (tables.length > 0 && storedBytes === 0) throw new Error(`the store of the tables ${tables.join(', ')} is empty`);
    return tables;
  } catch (error) {
    throw stateError(directory, (error as Error).message, error);
  }
}

/** Writes down which tables the state holds, so that their loss is noticed. */
export async function rememberTables(directory: string, names: readonly string[]): Promise<void> {
  const path = join(directory, TABLES_FILE);
  await writeFile(`${path}.new`, JSON.stringify({ tables: names.toSorted() }));
  await rename(`${path}.new`, path);
}

async function readTables(directory: string): Promise<readonly string[]> {
  const text = await orWhenMissing(readFile(join(directory, TABLES_FILE), 'utf8'), '{"tables":[]}');
  const names = namesIn(text);
  if (!names) throw new Error(`${TABLES_FILE} is not a list of tables`);
  return names;
}

function namesIn(text: string): readonly string[] | undefined {
  try {
    const content: unknown = JSON.parse(text);
    const tables: unknown = content !== null && typeof content === 'object' && 'tables' in content ? content.tables : undefined;
    return Array.isArray(tables) && tables.every((name) => typeof name === 'string') ? tables : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves to the bytes in logs and live table files. */
async function verifyStore(path: string): Promise<number> {
  const files = await orWhenMissing(readdir(path), []);
  if (files.length === 0) return 0;
  if (!files.includes('CURRENT')) throw new Error('store/CURRENT is missing');
  const manifest = (await readFile(join(path, 'CURRENT'), 'utf8')).trimEnd();
  if (!/^MANIFEST-\d+$/.test(manifest)) throw new Error('store/CURRENT names no manifest');
  const tables = await naming(manifest, () => readLiveTables(recordsOf(path, manifest)));
  let bytes = 0;
  for (const [number, size] of tables) {
    const file = `${String(number).padStart(6, '0')}.ldb`;
    await naming(file, () => verifyTableFile(join(path, file), size));
    bytes += size;
  }
  for (const file of files.filter((name) => name.endsWith('.log'))) {
    bytes += await naming(file, () => countBytes(recordsOf(path, file)));
  }
  return bytes;
}

function recordsOf(path: string, file: string): AsyncGenerator<Buffer> {
  return readRecords(createReadStream(join(path, file)));
}

async function countBytes(records: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const record of records) bytes += record.length;
  return bytes;
}

async function verifyTableFile(path: string, expectedBytes: number): Promise<void> {
  const { size } = await stat(path);
  if (size !== expectedBytes) throw new Error(`${size} bytes instead of ${expectedBytes}`);
  const handle = await open(path);
  try {
    const footer = Buffer.alloc(TABLE_MAGIC.length);
    await handle.read(footer, 0, footer.length, size - footer.length);
    if (!footer.equals(TABLE_MAGIC)) throw new Error('it does not end as a table file does');
  } finally {
    await handle.close();
  }
}

async function naming<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Error(`store/${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function orWhenMissing<T>(reading: Promise<T>, missing: T): Promise<T> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return missing;
    throw error;
  });
}
