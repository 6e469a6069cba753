import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = path.join(__dirname, '../../../node_modules/.cache/integration');

/**
 * The folder with the jars that a `pom.xml` asks for, from Maven Central: fetched once for each state of that file.
 * @throws Error naming what is missing on this machine
 */
export async function jarsOf(pom: string): Promise<string> {
  const digest = createHash('sha256').update(fs.readFileSync(pom)).digest('hex').slice(0, 16);
  const folder = path.join(CACHE, `${path.basename(path.dirname(pom))}-${digest}`);
  if (fs.existsSync(folder)) return folder;
  const unfinished = `${folder}.new`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.mkdirSync(unfinished, { recursive: true });
  try {
    await run('mvn', ['-B', '-q', '-C', '-f', pom, `-Dout=${unfinished}`, 'package']);
  } catch (cause) {
    throw new Error(
      `The jars of ${pom} cannot be fetched. The integration tests need Maven (mvn), a JDK of 17 or later and Maven Central.`,
      { cause },
    );
  }
  fs.renameSync(unfinished, folder);
  return folder;
}
