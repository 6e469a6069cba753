import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** A folder for a service's files. */
export interface StateFolder {
  readonly path: string;
  /** Takes away what was meant for this run only. */
  release(): void;
}

/** The folder given, made when it is not there; without one, a folder of the system's for temporary files, until it is released. */
export function openStateFolder(directory: string | undefined, name: string): StateFolder {
  if (directory !== undefined) {
    fs.mkdirSync(directory, { recursive: true });
    return { path: directory, release: () => undefined };
  }
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), `local-${name}-`));
  return { path: temporary, release: () => fs.rmSync(temporary, { recursive: true, force: true }) };
}

/** One sentence: what cannot be read, and that `--fresh` empties it. */
export function unreadableState(service: string, directory: string, cause: unknown): Error {
  return new Error(
    `The local ${service} state in ${directory} cannot be read (${(cause as Error).message}): start with "npm start -- --fresh", which empties it.`,
    { cause },
  );
}
