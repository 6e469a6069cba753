import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { eventCatalogue } from '../lambdas/core/events/catalogue';
import { bundleAgentRuntime, bundleAll } from './bundle';
import { shippedAgentNames } from '../config/agents';
import { writeEventSchemas } from './event-schemas';

/** Makes what the package holds beside its documents: the functions' bundles, the platform's event contracts as JSON Schema, prompts and suites of its agents, and the rest as plain JavaScript with its types in `dist/js`. */

const ROOT = path.resolve(__dirname, '..');
const OUTPUT = path.join(ROOT, 'dist', 'js');
/** Runs as it is, in a worker. */
const PLAIN_JAVASCRIPT = ['local/lambda/runtime.mjs'];

async function build(): Promise<void> {
  await bundleAll();
  await bundleAgentRuntime();
  writeEventSchemas(eventCatalogue, path.join(ROOT, 'dist', 'events'));
  fs.rmSync(OUTPUT, { recursive: true, force: true });
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('The sources do not compile for the package: see above.');
  for (const name of shippedAgentNames) {
    fs.cpSync(path.join(ROOT, 'prompts', name), path.join(OUTPUT, 'prompts', name), { recursive: true });
    fs.mkdirSync(path.join(OUTPUT, 'evals'), { recursive: true });
    fs.copyFileSync(path.join(ROOT, 'evals', `${name}.json`), path.join(OUTPUT, 'evals', `${name}.json`));
  }
  for (const file of PLAIN_JAVASCRIPT) fs.copyFileSync(path.join(ROOT, file), path.join(OUTPUT, file));
}

build().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
