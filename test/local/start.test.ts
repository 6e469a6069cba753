import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { once } from 'node:events';

/** `npm start` as a person runs it: a process, what it prints, how it ends. */

const ROOT = path.resolve(__dirname, '..', '..');

/** A copy of what `npm start` reads, so that its `.local` is the test's own. */
function checkout(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'blueprint-start-'));
  for (const name of [
    'bin',
    'client',
    'config',
    'lambdas',
    'lib',
    'local',
    'prompts',
    'scripts',
    'package.json',
    'package-lock.json',
    'cdk.json',
    'tsconfig.json',
  ]) {
    fs.cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(folder: string, ...args: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/local.ts', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function printed(run: Run, what: RegExp): Promise<RegExpExecArray> {
  let over = false;
  void run.ended.then(() => (over = true));
  for (;;) {
    const found = what.exec(run.output());
    if (found) return found;
    if (over) throw new Error(`It ended without printing ${what}: ${run.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let folder: string;
beforeAll(() => {
  folder = checkout();
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test('--check boots, answers, prints its result as the last line and ends with 0; the second time without a synthesis', async () => {
  const first = start(folder, '--check');
  expect(await first.ended).toBe(0);
  const result = JSON.parse(first.output().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(result).toEqual({
    ok: true,
    bootMs: expect.any(Number),
    firstAnswerMs: expect.any(Number),
    overheadMs: expect.any(Number),
    rssMb: expect.any(Number),
  });
  expect(first.output()).toContain('Synthesized.');
  const second = start(folder, '--check');
  expect(await second.ended).toBe(0);
  expect(second.output()).toContain('using it again');
});

test('started: the printed curl line works when pasted, a line tells of the request, Ctrl-C stops cleanly', async () => {
  const port = await freePort();
  const run = start(folder, '--port', String(port));
  const [curl] = await printed(run, /curl .*/);
  // Of one gateway: other functions know keys too.
  await printed(run, /Ctrl-C stops/);
  expect(run.output().match(/Base URL/g)).toHaveLength(1);
  const pasted = spawn('sh', ['-c', curl]);
  let answer = '';
  pasted.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  await once(pasted, 'close');
  expect(answer.trimEnd()).toMatch(/data: \[DONE\]$/);
  expect(answer).toMatch(/simulated/i);
  await printed(run, /200 {2}POST \/v1\/chat\/completions {2}\S+ {2}\d+\+\d+ tokens {2}\$\d\.\d{6} {2}\d+ ms {2}[0-9a-f]{32}/);
  expect(run.output()).toMatch(/answers are simulated/i);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
  expect(fs.existsSync(path.join(folder, '.local', 'endpoint.json'))).toBe(false);
});

test('a changed source is synthesized again; a mistake in a config is told by path, without a stack', async () => {
  const file = path.join(folder, 'config', 'environments', 'dev.ts');
  const original = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, original.replace('requestsPerSecond:', 'requestPerSecond:'));
  const run = start(folder, '--check');
  expect(await run.ended).toBe(1);
  fs.writeFileSync(file, original);
  expect(run.output()).toMatch(/limits.*requestPerSecond.*did you mean.*requestsPerSecond/s);
  expect(run.output()).not.toMatch(/\n\s+at /);
});

test('a port in use is named, with another to try', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const run = start(folder, '--port', String(port));
  expect(await run.ended).toBe(1);
  taken.close();
  expect(run.output()).toContain(`Port ${port} is in use`);
  expect(run.output()).toContain(`--port ${port + 1}`);
  expect(run.output()).not.toMatch(/\n\s+at /);
});

test.each([
  [['--prot', '1'], /--prot/],
  [['--port', 'many'], /--port is "many"/],
])('options that do not exist or make no sense are named: %j', async (args, message) => {
  const run = start(folder, ...args);
  expect(await run.ended).toBe(1);
  expect(run.output()).toMatch(message);
  expect(run.output()).not.toMatch(/\n\s+at /);
});

test('state that cannot be read is told, is left as it is, and --fresh starts anew', async () => {
  const state = path.join(folder, '.local', 'state', 'dynamodb');
  const [manifest = 'no manifest'] = fs
    .readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => /MANIFEST-\d+$/.test(name));
  fs.writeFileSync(path.join(state, manifest), 'not a database');
  const run = start(folder, '--port', String(await freePort()));
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('npm start -- --fresh');
  expect(run.output()).not.toMatch(/\n\s+at /);
  expect(fs.readFileSync(path.join(state, manifest), 'utf8')).toBe('not a database');

  const fresh = start(folder, '--fresh', '--port', String(await freePort()));
  await printed(fresh, /The platform is up/);
  fresh.child.kill('SIGINT');
  expect(await fresh.ended).toBe(0);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
