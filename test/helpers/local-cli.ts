import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { main } from '../../bin/blueprint';
import { writeEndpoint } from '../../bin/local/endpoint-file';
import type { Credentials } from '../../local/endpoint';
import type { TestPlatform } from './platform';

/** The command line, in a folder of its own where `--local` finds the platform. */
export interface LocalCli {
  readonly cwd: string;
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  remove(): void;
}

/** @param caller Who runs it. @default - the emulator's administrator */
export function localCliOf({ emulator }: TestPlatform, caller?: Credentials): LocalCli {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'blueprint-cli-'));
  fs.mkdirSync(path.join(cwd, '.local'));
  const file = writeEndpoint(path.join(cwd, '.local'), emulator, 'dev');
  if (caller !== undefined) fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, 'utf8')), ...caller }));
  async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    let stdout = '';
    let stderr = '';
    const code = await main(args, {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      cwd,
      nowMs: Date.now,
    });
    return { code, stdout, stderr };
  }
  return { cwd, run, remove: () => fs.rmSync(cwd, { recursive: true }) };
}
