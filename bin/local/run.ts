import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Emulator } from '../../local/emulator';
import { type BootOptions, boot } from './boot';
import { writeEndpoint } from './endpoint-file';
import { DEMO_KEY, exampleModelOf, gatewaysOf, type RunningGateway } from './gateways';

export interface RunOptions extends Omit<BootOptions, 'ephemeral'> {
  /** Name of the environment, for `blueprint --local`. */
  readonly environment: string;
}

/**
 * Runs assemblies until Ctrl-C: boots, tells how to call what runs, and leaves in `endpoint.json` how `blueprint --local` finds it, and in
 * `outputs.json` the stacks' outputs, as `cdk deploy --outputs-file` writes them.
 * @throws what the emulator throws, and the system's error when the port is in use
 */
export async function run(options: RunOptions): Promise<void> {
  const { folder, environment, say } = options;
  // From the start: whoever stops it while it is still telling what runs must not leave the endpoint's file behind.
  const interrupted = untilInterrupted();
  fs.mkdirSync(folder, { recursive: true });
  const emulator = await boot(options);
  const gateways = gatewaysOf(emulator);
  const endpointFile = writeEndpoint(folder, emulator, environment);
  fs.writeFileSync(path.join(folder, 'outputs.json'), JSON.stringify(Object.fromEntries(emulator.report.outputs), null, 2));
  announce(emulator, gateways, say);
  await interrupted;
  say('\nStopping …');
  fs.rmSync(endpointFile, { force: true });
  await emulator.stop();
}

function announce(emulator: Emulator, gateways: readonly RunningGateway[], say: (text: string) => void): void {
  const { world, report } = emulator;
  for (const [type, ids] of report.unsupported) say(`Not emulated: ${type} (${ids.join(', ')})`);
  for (const note of world.notEvaluated) say(`Not evaluated: ${note}`);
  say(`
The platform is up, from the same template that 'cdk deploy' uses, permissions included.
Answers are simulated: no model is called.
`);
  if (gateways.length === 0) say(`  URL        ${emulator.url}   (no gateway is among what runs)\n`);
  for (const gateway of gateways) {
    const model = exampleModelOf(gateway);
    say(`  Base URL   ${gateway.url}/v1
  API key    ${DEMO_KEY}

  curl -sN ${gateway.url}/v1/chat/completions -H 'authorization: Bearer ${DEMO_KEY}' -H 'content-type: application/json' -d '{"model":"${model}","stream":true,"messages":[{"role":"user","content":"Hello"}]}'
`);
  }
  say('Requests appear below. Ctrl-C stops.\n');
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
