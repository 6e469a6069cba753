import * as fs from 'node:fs';
import * as path from 'node:path';
import { boot, DEFAULT_PORT } from './local/boot';
import { CheckError, check } from './local/check';
import { explainStart } from './local/explain';
import { DEMO_KEY, exampleModelOf, gatewaysOf } from './local/gateways';
import { parseOptions, USAGE } from './local/options';
import { run } from './local/run';
import { SynthesisError, synthesize } from './local/synthesize';
import { PACKAGED_PROMPTS } from './packaged';

/** `npm start`: synthesizes the dev environment and runs that assembly on this machine. */

const ENVIRONMENT = 'dev';
const LOCAL = path.resolve(__dirname, '..', '.local');

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  if (options.fresh) fs.rmSync(LOCAL, { recursive: true, force: true });
  fs.mkdirSync(LOCAL, { recursive: true });

  say(`Synthesizing ${ENVIRONMENT} …`);
  const synthesis = await synthesize(ENVIRONMENT, path.join(LOCAL, 'assembly'));
  say(synthesis.fresh ? 'Synthesized.' : 'Nothing has changed since the last synthesis: using it again.');

  const what = { assemblies: [synthesis.folder], folder: LOCAL, prompts: [PACKAGED_PROMPTS], say };
  // A check leaves no trace and does not disturb a platform that runs beside it.
  if (options.check) await bootAndCheck({ ...what, port: options.port ?? 0 });
  else await run({ ...what, port: options.port ?? DEFAULT_PORT, environment: ENVIRONMENT });
}

async function bootAndCheck(what: Omit<Parameters<typeof boot>[0], 'ephemeral'>): Promise<void> {
  const startedMs = performance.now();
  const emulator = await boot({ ...what, ephemeral: true });
  const bootMs = performance.now() - startedMs;
  const [gateway] = gatewaysOf(emulator);
  if (!gateway) throw new CheckError('There is no gateway in what was synthesized.');
  const result = await check(emulator, DEMO_KEY, exampleModelOf(gateway), startedMs, bootMs);
  await emulator.stop();
  say(JSON.stringify(result));
}

function explain(error: unknown): string {
  const message = explainStart(error, 'npm start --');
  return error instanceof SynthesisError ? `The templates could not be synthesized:\n\n${message}` : message;
}

main().then(
  // Workers and sockets are closed by now; whatever a library still holds must not keep the process.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  },
);
