import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { main } from '../../bin/blueprint';
import type { TestPlatform } from './platform';

/** The command line, in a folder of its own where `--local` finds the platform. */
export interface LocalCli {
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  remove(): void;
}

export function localCliOf({ emulator }: TestPlatform): LocalCli {
  // What `npm start` leaves for the command line.
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'blueprint-cli-'));
  fs.mkdirSync(path.join(cwd, '.local'));
  const { world, administrator } = emulator;
  const endpoint = {
    url: world.endpoint.url,
    region: world.region,
    environment: 'dev',
    registryTable: emulator.output('RegistryTable'),
    pid: process.pid,
    ...administrator,
  };
  fs.writeFileSync(path.join(cwd, '.local', 'endpoint.json'), JSON.stringify(endpoint));
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
  return { run, remove: () => fs.rmSync(cwd, { recursive: true }) };
}
