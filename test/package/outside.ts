import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';

export const ROOT = path.resolve(__dirname, '..', '..');
export const PACKAGE = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** The environment of somebody who has never seen the repository: the machine's own Node.js, none of what npm or jest put there. */
export function outsideEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|NODE_|JEST_|CDK_)/i.test(name) || /^(npm_config_(registry|cache|userconfig|globalconfig)|NODE_EXTRA_CA_CERTS)$/i.test(name),
  );
  const searched = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'));
  return {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PATH: searched.join(path.delimiter),
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
}

/** An empty folder outside the repository, with the package's tarball in it. */
export function folderWithTarball(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'outside-')));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return folder;
}

/** The first block of shell in a document. */
export function shellIn(file: string): string {
  const block = /^```sh\n(?<shell>[\s\S]*?)^```$/m.exec(fs.readFileSync(file, 'utf8'))?.groups?.shell;
  if (block === undefined) throw new Error(`${file} has no block of shell.`);
  return block;
}

/** Runs a program to its end and gives what it printed. @throws with all that it printed unless it ends with 0 */
export function runOutside(folder: string, program: string, args: readonly string[], more: Record<string, string> = {}): string {
  try {
    return execFileSync(program, args, {
      cwd: folder,
      env: { ...outsideEnvironment(), ...more },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** A program that runs until it is stopped. */
export class Running {
  private output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;

  constructor(folder: string, program: string, args: readonly string[]) {
    this.child = spawn(program, args, { cwd: folder, env: outsideEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves when it has printed that. @throws when it ends without */
  async printed(what: RegExp): Promise<void> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!what.test(this.output)) {
      if (over) throw new Error(`It ended without printing ${what}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Stops it as Ctrl-C does, and gives its exit code. */
  async interrupt(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.ended;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
