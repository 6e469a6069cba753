import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';

/** What the load generator is told. */
export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Stands in every right answer. */
  readonly expected: string;
  readonly connections: number;
  readonly seconds: number;
  /** Ends sooner when so many were answered. */
  readonly maxRequests: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly firstFailure: string | undefined;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Median, to the first byte of the answer. */
  readonly firstByteMs: number;
}

const GRACE_MS = 20_000;

/** Puts load on a server from a process of its own. @throws Error when an answer was not what was asked for. */
export async function putLoad(order: LoadOrder): Promise<LoadResult> {
  const script = path.join(__dirname, 'load.process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, JSON.stringify(order)], {
    timeout: order.seconds * 1000 + GRACE_MS,
  });
  const result = JSON.parse(stdout) as LoadResult;
  if (result.failures > 0)
    throw new Error(`${result.failures} of ${result.requests} answers were wrong. The first:\n${result.firstFailure}`);
  return result;
}
