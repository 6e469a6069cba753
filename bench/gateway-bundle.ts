import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadEnvironment } from '../config/load';
import { platformDocumentOf } from '../config/platform-document';
import { bundleAll } from '../scripts/bundle';

/** Reports what a cold start of the gateway pays for: the size of its bundle, and the time to import it in a new process. */

const RUNS = 11;
const BUNDLE = path.resolve(__dirname, '..', 'dist', 'lambdas', 'gateway', 'index.mjs');

/** What the bundle needs to get through its start, as dev has it: no call is made. */
function startFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-gateway-'));
  fs.writeFileSync(path.join(folder, 'platform.json'), JSON.stringify(platformDocumentOf(loadEnvironment('dev'))));
  return folder;
}

function importMs(script: string, folder: string): number {
  const env = {
    PATH: process.env.PATH,
    LAMBDA_TASK_ROOT: folder,
    AUDIT_TABLE: 'a',
    REGISTRY_TABLE: 'r',
    LEDGER_TABLE: 'Ledger',
    CONTENT_BUCKET: 'none',
    CACHE_TABLE: 'none',
    VECTOR_ENDPOINT: 'none',
    VECTOR_INDEX: 'none',
    GUARDRAIL_ID: 'none',
    GUARDRAIL_VERSION: 'none',
    AUDIT_RETENTION_DAYS: '1',
    AWS_REGION: 'us-east-1',
  };
  const code = `const before = performance.now(); ${script} console.log(performance.now() - before);`;
  // Lambda's runtime defines this before it imports a handler.
  const runtime = 'globalThis.awslambda = { streamifyResponse: (handler) => handler };';
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', runtime + code], { env, encoding: 'utf8' }).trim());
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function main(): Promise<void> {
  await bundleAll();
  const bytes = fs.readFileSync(BUNDLE);
  const folder = startFolder();
  const gateway: number[] = [];
  const nothing: number[] = [];
  // In turn, so that a change of the machine's speed meets both.
  for (let run = 0; run < RUNS; run++) {
    gateway.push(importMs(`await import(${JSON.stringify(BUNDLE)});`, folder));
    nothing.push(importMs('', folder));
  }
  fs.rmSync(folder, { recursive: true });
  const kb = (size: number) => `${(size / 1000).toFixed(0)} kB`;
  process.stdout.write(
    `${[
      `Gateway bundle: ${kb(bytes.length)} minified, ${kb(gzipSync(bytes).length)} gzipped`,
      `Import: ${median(gateway).toFixed(0)} ms (median of ${RUNS}; an empty script ${median(nothing).toFixed(2)} ms), Node ${process.version}, ${os.cpus().length} CPUs`,
    ].join('\n')}\n`,
  );
}

void main();
