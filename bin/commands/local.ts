import * as fs from 'node:fs';
import * as path from 'node:path';
import { DEFAULT_PORT } from '../local/boot';
import { explainStart } from '../local/explain';
import { run } from '../local/run';
import { PACKAGED_PROMPTS } from '../packaged';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { parseOptions } from './options';

const localHelp = `blueprint local: run what was synthesized on this machine

  blueprint local <assembly folder>... [--port <port>] [--fresh]

Each folder is what cdk synth wrote (cdk.out). Several run together in one account and region: a platform and the apps that use it.
State, logs and the address for blueprint keys --local are kept in .local/ of this folder. The prompts of prompts/, and those of the agents of the
package, are in the registry; label production of a new one is at its newest version.

  --port <port>     port of the APIs (${DEFAULT_PORT} when absent)
  --fresh           empty .local/ first
  --help            print this
`;

/** Name of the environment, for messages. */
const ENVIRONMENT = 'local';

/**
 * `blueprint local …`: until Ctrl-C.
 *
 * @throws UsageError or CommandError, each with a message for people.
 */
export async function localCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const { values, positionals } = parseOptions(args, { port: 'string', fresh: 'boolean', help: 'boolean' });
  if (values.help || positionals[0] === 'help') {
    context.stdout.write(localHelp);
    return;
  }
  if (positionals.length === 0) throw new UsageError('blueprint local needs the folder of an assembly, as in blueprint local cdk.out.');
  const port = values.port === undefined ? DEFAULT_PORT : parsePort(values.port);
  const assemblies = positionals.map((folder) => assemblyIn(path.resolve(context.cwd, folder), folder));
  const folder = path.join(context.cwd, '.local');
  if (values.fresh) fs.rmSync(folder, { recursive: true, force: true });
  try {
    const prompts = [path.join(context.cwd, 'prompts'), PACKAGED_PROMPTS];
    await run({ assemblies, folder, port, prompts, environment: ENVIRONMENT, say: (text) => context.stdout.write(`${text}\n`) });
  } catch (error) {
    throw new CommandError(explainStart(error, `blueprint local ${positionals.join(' ')}`), { cause: error });
  }
}

function assemblyIn(folder: string, given: string): string {
  if (fs.existsSync(path.join(folder, 'manifest.json'))) return folder;
  throw new CommandError(
    `${given} is not the folder of an assembly (it has no manifest.json): synthesize first, as in npx cdk synth, and name its output.`,
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`Option --port is "${text}"; it must be a whole number from 1 to 65535.`);
}
