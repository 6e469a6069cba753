import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';

const READY_TIMEOUT_MS = 30_000;

/** Of a bench process: listens on a free loopback port and tells its parent which. */
export function announce(server: net.Server): void {
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ port: (server.address() as net.AddressInfo).port })}\n`);
  });
  // The parent is gone: nobody else would end this process.
  process.stdin.resume().on('end', () => process.exit(0));
}

export interface RunningProcess {
  readonly pid: number;
  readonly port: number;
  /** Resident memory now, in bytes. */
  residentBytes(): number;
  /** Processor time since its start, of all its threads, in milliseconds. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** Every process that this one started and that may still run. */
const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** Starts a TypeScript process of this folder that announces itself. */
export function startProcess(name: string, ...args: readonly string[]): Promise<RunningProcess> {
  const script = path.join(__dirname, `${name}.process.ts`);
  return start(['--import', 'tsx', script, ...args], process.env, (line) => (JSON.parse(line) as { port: number }).port);
}

/** @param portIn The port in a line of its output, once it can be called. */
export async function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  portIn: (line: string) => number | undefined,
): Promise<RunningProcess> {
  const child = launch(args, env, 'pipe');
  return runningProcess(child, await portOf(child, portIn));
}

/** For a server that says nothing: it is to listen on the port that its arguments name, the last `--port=…`. */
export async function startSilent(args: readonly string[], env: NodeJS.ProcessEnv): Promise<RunningProcess> {
  const port = Number(args.findLast((arg) => arg.startsWith('--port='))?.slice('--port='.length));
  const child = launch(args, env, 'ignore');
  const endMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await canConnect(port))) {
    if (Date.now() > endMs || child.exitCode !== null) throw new Error(`nothing listens on port ${port}: ${child.spawnargs.join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return runningProcess(child, port);
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true));
    socket.once('connect', () => socket.destroy()).once('error', () => resolve(false));
  });
}

function launch(args: readonly string[], env: NodeJS.ProcessEnv, output: 'pipe' | 'ignore'): ChildProcess {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', output, 'inherit'] });
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

function runningProcess(child: ChildProcess, port: number): RunningProcess {
  const pid = child.pid as number;
  return {
    pid,
    port,
    residentBytes: () => residentBytes(pid),
    cpuMs: () => cpuMs(pid),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(hard);
    },
  };
}

function portOf(child: ChildProcess, portIn: (line: string) => number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer from ${child.spawnargs.join(' ')} within ${READY_TIMEOUT_MS} ms`)),
      READY_TIMEOUT_MS,
    );
    child.once('exit', (code) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)));
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      // Afterwards output is read and thrown away: a full pipe would stop the process.
      if (text === 'found') return;
      text += String(chunk);
      for (const line of text.split('\n').slice(0, -1)) {
        const port = portIn(line);
        if (port === undefined) continue;
        text = 'found';
        clearTimeout(timer);
        return resolve(port);
      }
    });
  });
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Linux counts in ticks of 10 ms. */
const TICK_MS = 10;

function cpuMs(pid: number): number {
  // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th member after it.
  const members = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(members[11]) + Number(members[12])) * TICK_MS;
}
