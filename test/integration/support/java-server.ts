import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const MAX_LOG = 20_000;

/** A server in a Java process of its own, on a port of 127.0.0.1, in a folder of its own: some leave files where they stand. */
export class JavaServer {
  /**
   * @param argumentsFor what comes after `java`, given the port
   * @throws Error with what the process said, when it ended before it answered
   */
  static async start(argumentsFor: (port: number) => readonly string[]): Promise<JavaServer> {
    const port = await freePort();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'java-server-'));
    const child = spawn('java', argumentsFor(port), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-MAX_LOG)));
    const ended = once(child, 'exit').then(
      ([code]) => `it ended with ${String(code)}`,
      (error: unknown) => String(error),
    );
    const server = new JavaServer(`http://127.0.0.1:${port}`, child, folder);
    for (;;) {
      const failure = await Promise.race([ended, sleep(POLL_MS)]);
      if (typeof failure === 'string') throw new Error(`A Java server did not start: ${failure}. A JDK of 17 or later is needed.\n${log}`);
      if (
        await fetch(server.url).then(
          () => true,
          () => false,
        )
      )
        return server;
    }
  }

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
