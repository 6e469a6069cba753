import { InvalidInputError, RegistryError } from '../../lambdas/core/administration/registry-input';
import { explainAwsError, REGION_MISSING } from './aws-error';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { type OptionKinds, type ParsedOptions, parseOptions, unknown } from './options';
import { openTarget, type Target } from './target';

/** What every subcommand on the registry takes. */
export const commonOptions = {
  env: 'string',
  table: 'string',
  region: 'string',
  local: 'boolean',
  json: 'boolean',
  help: 'boolean',
} as const;

export const commonHelp = `  --env <name>      environment (dev when absent)
  --table <name>    the registry table itself, of a gateway that no environment's config describes
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start or blueprint local runs, instead of AWS
  --json            print JSON
  --help            print this
`;

/** Prints the value as JSON, or the text, whichever was asked for. */
export type Print = (value: unknown, text: string) => void;

/** A subcommand: checks its words first, so that nothing is asked of AWS for a mistyped one. */
export interface Subcommand<K extends OptionKinds> {
  readonly options: OptionKinds;
  /** @param cwd Folder in which relative paths are looked for. */
  prepare(options: ParsedOptions<K>, nowMs: number, cwd: string): (target: Target, print: Print) => Promise<void>;
}

/** A command on the registry, as `blueprint keys`. */
export interface RegistryCommand<K extends OptionKinds> {
  readonly name: string;
  readonly help: string;
  readonly subcommands: Readonly<Record<string, Subcommand<K>>>;
}

/** @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function runRegistryCommand<K extends OptionKinds & typeof commonOptions>(
  command: RegistryCommand<K>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(command.help);
    return;
  }
  const names = Object.keys(command.subcommands);
  const subcommand = names.includes(name) ? command.subcommands[name] : undefined;
  if (subcommand === undefined) throw new UsageError(unknown('command', name, names));
  const options = parseOptions(rest, subcommand.options) as ParsedOptions<K>;
  const common = options.values as ParsedOptions<typeof commonOptions>['values'];
  if (common.help) {
    context.stdout.write(command.help);
    return;
  }
  const nowMs = context.nowMs();
  const run = understood(() => subcommand.prepare(options, nowMs, context.cwd));
  const print: Print = (value, text) => context.stdout.write(`${common.json ? JSON.stringify(value, null, 2) : text}\n`);
  await withTarget(common, context, (target) => run(target, print));
}

/** @throws UsageError when there are more words than the subcommand takes. */
export function noMore(positionals: readonly string[], most: number, words: string): void {
  const extra = positionals[most];
  if (extra !== undefined) throw new UsageError(`blueprint ${words} does not know what to do with "${extra}".`);
}

/** What nothing in the registry can be called is a mistake in the command line. */
function understood<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    throw error instanceof InvalidInputError ? new UsageError(error.message, { cause: error }) : error;
  }
}

async function withTarget(
  options: ParsedOptions<typeof commonOptions>['values'],
  context: CommandContext,
  run: (target: Target) => Promise<void>,
): Promise<void> {
  let target: Target | undefined;
  try {
    target = await openTarget(options, context.cwd);
    await run(target);
  } catch (error) {
    if (error instanceof RegistryError) throw new CommandError(error.message, { cause: error });
    throw isAwsError(error) ? explainAwsError(error, options.local ?? false) : error;
  } finally {
    target?.client.destroy();
  }
}

/** The SDK marks what it throws; a refused connection, missing credentials and a missing region it passes on as they are. */
function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || 'code' in error || error.name.endsWith('ProviderError') || error.message === REGION_MISSING;
}
