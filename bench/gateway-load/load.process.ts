import * as net from 'node:net';
import type { LoadOrder, LoadResult } from './load';

/**
 * Calls one server over kept-alive connections, each with one request at a time, for a time. The order comes as JSON in `argv`, the result goes
 * to stdout as JSON. Sockets of its own: node:http's client takes longer over a call than the servers that are measured.
 */

const order = JSON.parse(process.argv[2] as string) as LoadOrder;
const request = Buffer.from(
  [
    `POST ${order.path} HTTP/1.1`,
    `host: 127.0.0.1:${order.port}`,
    ...Object.entries({ ...order.headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(order.body) }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    order.body,
  ].join('\r\n'),
);

const latenciesMs: number[] = [];
const firstBytesMs: number[] = [];
let failures = 0;
let firstFailure: string | undefined;

/** Reads one response: its length, or its chunked end, and whether it is what was asked for. */
class ResponseReader {
  #text = '';
  #missing: number | undefined;

  /** @returns whether the response is complete */
  add(chunk: Buffer): boolean {
    // Bytes are what lengths count.
    this.#text += chunk.toString('latin1');
    if (this.#missing === undefined) {
      const headEnd = this.#text.indexOf('\r\n\r\n');
      if (headEnd === -1) return false;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, headEnd))?.[1];
      this.#missing = length === undefined ? Number.POSITIVE_INFINITY : headEnd + 4 + Number(length);
    }
    if (this.#missing === Number.POSITIVE_INFINITY) return this.#text.endsWith('\r\n0\r\n\r\n');
    return this.#text.length >= this.#missing;
  }

  get problem(): string | undefined {
    const isOk = this.#text.startsWith('HTTP/1.1 200') && this.#text.includes(order.expected);
    return isOk ? undefined : this.#text.slice(0, 600);
  }
}

function connect(endMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(order.port, '127.0.0.1').setNoDelay(true);
    let reader = new ResponseReader();
    let startedMs = 0;
    let isFirst = true;

    function send(): void {
      reader = new ResponseReader();
      isFirst = true;
      startedMs = performance.now();
      socket.write(request);
    }

    socket.once('connect', send);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (chunk) => {
      const nowMs = performance.now();
      if (isFirst) firstBytesMs.push(nowMs - startedMs);
      isFirst = false;
      if (!reader.add(chunk)) return;
      latenciesMs.push(nowMs - startedMs);
      const { problem } = reader;
      if (problem !== undefined) {
        failures += 1;
        firstFailure ??= problem;
      }
      if (nowMs < endMs && latenciesMs.length < order.maxRequests) return send();
      socket.removeAllListeners('close');
      socket.end();
      resolve();
    });
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const startMs = performance.now();
  const endMs = startMs + order.seconds * 1000;
  await Promise.all(Array.from({ length: order.connections }, () => connect(endMs)));
  const seconds = (performance.now() - startMs) / 1000;
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const result: LoadResult = {
    requests: sorted.length,
    failures,
    firstFailure,
    requestsPerSecond: sorted.length / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    firstByteMs: quantile(
      firstBytesMs.toSorted((a, b) => a - b),
      0.5,
    ),
  };
  process.stdout.write(JSON.stringify(result));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
