import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..');

/** Everything that a template or a bundle is made from. */
const SOURCES = [
  'bin/platform.ts',
  'cdk.json',
  'client',
  'config',
  'lambdas',
  'lib',
  'package-lock.json',
  'scripts/bundle.ts',
  'tsconfig.json',
];

/** The templates could not be made; the message is what the synthesis said. */
export class SynthesisError extends Error {}

export interface Synthesis {
  /** Folder of the assembly. */
  readonly folder: string;
  /** False when the sources had not changed and the assembly was used again. */
  readonly fresh: boolean;
}

/**
 * Synthesizes an environment by the very command that a deployment uses, in a process of its own, unless an assembly of these sources is there.
 * @throws SynthesisError
 */
export async function synthesize(environment: string, folder: string): Promise<Synthesis> {
  const stamp = path.join(folder, '.sources');
  const digest = digestOf(SOURCES);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return { folder, fresh: false };
  fs.rmSync(folder, { recursive: true, force: true });
  await runCdk(['synth', '--quiet', '--output', folder, '-c', `env=${environment}`]);
  fs.writeFileSync(stamp, digest);
  return { folder, fresh: true };
}

/** SHA-256 over the paths and contents of all files below these. */
function digestOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (relative: string): void => {
    const absolute = path.join(ROOT, relative);
    if (fs.statSync(absolute).isDirectory()) {
      for (const name of fs.readdirSync(absolute).sort()) add(path.join(relative, name));
    } else {
      hash.update(`${relative}\0`).update(fs.readFileSync(absolute)).update('\0');
    }
  };
  for (const source of sources) add(source);
  return hash.digest('hex');
}

/** Runs the project's own CDK command line, offline: no notices, no telemetry, no look for credentials; validation off, since `npm run synth` has it. */
async function runCdk(args: readonly string[]): Promise<void> {
  const cdk = path.join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const child = spawn(process.execPath, [cdk, ...args, '--no-notices', '--no-version-reporting'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${path.join(ROOT, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
      CDK_VALIDATION: 'false',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new SynthesisError(Buffer.concat(output).toString('utf8').trim());
}
