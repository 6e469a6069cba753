import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Emulator } from '../local/emulator';
import { EventSink } from '../local/events';
import { CheckError, check } from './local/check';
import { LogFiles } from './local/log-files';
import { narrate } from './local/narrate';
import { type LocalOptions, parseOptions, USAGE, UsageError } from './local/options';
import { SynthesisError, synthesize } from './local/synthesize';
import { createKey } from './key-store';

/** `npm start`: synthesizes the dev environment and runs that assembly on this machine. */

const ENVIRONMENT = 'dev';
const DEMO_KEY = 'sk-local-demo';
const DEFAULT_PORT = 8765;
const ROOT = path.resolve(__dirname, '..');
const LOCAL = path.join(ROOT, '.local');
const ENDPOINT_FILE = path.join(LOCAL, 'endpoint.json');

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  if (options.fresh) empty(LOCAL);
  fs.mkdirSync(LOCAL, { recursive: true });

  say(`Synthesizing ${ENVIRONMENT} …`);
  const synthesis = await synthesize(ENVIRONMENT, path.join(LOCAL, 'assembly'));
  say(synthesis.fresh ? 'Synthesized.' : 'Nothing has changed since the last synthesis: using it again.');

  const startedMs = performance.now();
  const emulator = await boot(synthesis.folder, options);
  await seed(emulator);
  const bootMs = performance.now() - startedMs;
  const model = await firstModel(emulator.url);
  if (options.check) {
    const result = await check(emulator, DEMO_KEY, model, startedMs, bootMs);
    await emulator.stop();
    return say(JSON.stringify(result));
  }
  announce(emulator, model);
  await untilInterrupted();
  say('\nStopping …');
  fs.rmSync(ENDPOINT_FILE, { force: true });
  await emulator.stop();
}

async function boot(assembly: string, { check, port }: LocalOptions): Promise<Emulator> {
  const events = new EventSink();
  const logs = new LogFiles(path.join(LOCAL, 'logs'));
  events.listen((event) => {
    if (event.kind === 'log') logs.append(event.functionName, event.line);
    const line = narrate(event);
    // A check's own calls are not worth a line each, what goes wrong in them is.
    if (line && (!check || event.kind === 'denied' || event.kind === 'crash')) say(line);
  });
  return Emulator.start({
    assembly,
    events,
    // A check leaves no trace and does not disturb a platform that runs beside it.
    port: port ?? (check ? 0 : DEFAULT_PORT),
    stateFolder: check ? undefined : path.join(LOCAL, 'state'),
  });
}

/** The demo key, and the file from which `blueprint --local` knows where to go. */
async function seed(emulator: Emulator): Promise<void> {
  const { administrator, world } = emulator;
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  await createKey({ client, table: emulator.output('RegistryTable'), tenant: 'demo', name: 'demo', secret: DEMO_KEY });
  client.destroy();
}

function announce(emulator: Emulator, model: string): void {
  const { world, report, administrator } = emulator;
  const file = { url: world.endpoint.url, region: world.region, environment: ENVIRONMENT, pid: process.pid, ...administrator };
  fs.writeFileSync(ENDPOINT_FILE, JSON.stringify(file, null, 2), { mode: 0o600 });
  for (const [type, ids] of report.unsupported) say(`Not emulated: ${type} (${ids.join(', ')})`);
  for (const note of world.notEvaluated) say(`Not evaluated: ${note}`);
  say(`
The platform is up, from the same template that 'cdk deploy' uses, permissions included.
Answers are simulated: no model is called.

  Base URL   ${emulator.url}/v1
  API key    ${DEMO_KEY}

  curl -sN ${emulator.url}/v1/chat/completions -H 'authorization: Bearer ${DEMO_KEY}' -H 'content-type: application/json' -d '{"model":"${model}","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

Requests appear below. Ctrl-C stops.
`);
}

/** A model to show in the example call: the first that the gateway lists. */
async function firstModel(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${DEMO_KEY}` } });
  const { data } = (await response.json()) as { data?: { id: string }[] };
  const model = data?.[0]?.id;
  if (!model) throw new Error(`The gateway lists no models (status ${response.status}).`);
  return model;
}

function empty(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function explain(error: unknown): string {
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Stop what uses it, or choose another: npm start -- --port ${(port ?? DEFAULT_PORT) + 1}`;
  if (error instanceof UsageError || error instanceof CheckError) return message;
  if (error instanceof SynthesisError) return `The templates could not be synthesized:\n\n${message}`;
  return message ?? String(error);
}

main().then(
  // Workers and sockets are closed by now; whatever a library still holds must not keep the process.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  },
);
