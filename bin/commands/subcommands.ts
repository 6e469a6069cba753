import { InvalidInputError, RegistryError } from '../../lambdas/core/administration/registry-input';
import { explainAwsError, isAwsError } from './aws-error';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { type OptionKinds, type ParsedOptions, parseOptions, unknown } from './options';
import type { TargetOptions } from './target';

/** What every subcommand on an environment takes. */
export const environmentOptions = { env: 'string', region: 'string', local: 'boolean', json: 'boolean', help: 'boolean' } as const;

export const environmentHelp = `  --env <name>      environment (dev when absent)
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start or blueprint local runs, instead of AWS
  --json            print JSON
  --help            print this
`;

/** Prints the value as JSON, or the text, whichever was asked for. */
export type Print = (value: unknown, text: string) => void;

/** A subcommand: checks its words first, so that nothing is asked of AWS for a mistyped one. `T` is what it works on. */
export interface Subcommand<K extends OptionKinds, T> {
  readonly options: OptionKinds;
  /** @param cwd Folder in which relative paths are looked for. */
  prepare(options: ParsedOptions<K>, nowMs: number, cwd: string): (target: T, print: Print) => Promise<void>;
}

/** A command with subcommands, as `blueprint keys`. */
export interface Command<K extends OptionKinds, T extends { close(): void }> {
  readonly help: string;
  readonly subcommands: Readonly<Record<string, Subcommand<K, T>>>;
  /** Finds what the subcommands work on. */
  open(options: TargetOptions, cwd: string): Promise<T>;
}

/** @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function runCommand<K extends OptionKinds & typeof environmentOptions, T extends { close(): void }>(
  { help, subcommands, open }: Command<K, T>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return void context.stdout.write(help);
  const names = Object.keys(subcommands);
  const subcommand = names.includes(name) ? subcommands[name] : undefined;
  if (subcommand === undefined) throw new UsageError(unknown('command', name, names));
  const options = parseOptions(rest, subcommand.options) as ParsedOptions<K>;
  const common = options.values as ParsedOptions<typeof environmentOptions>['values'];
  if (common.help) return void context.stdout.write(help);
  const run = understood(() => subcommand.prepare(options, context.nowMs(), context.cwd));
  const print: Print = (value, text) => context.stdout.write(`${common.json ? JSON.stringify(value, null, 2) : text}\n`);
  await withTarget(
    common.local ?? false,
    () => open(common, context.cwd),
    (target) => run(target, print),
  );
}

/** @throws UsageError when there are more words than the subcommand takes. */
export function noMore(positionals: readonly string[], most: number, words: string): void {
  const extra = positionals[most];
  if (extra !== undefined) throw new UsageError(`blueprint ${words} does not know what to do with "${extra}".`);
}

/** What nothing in the registry can be called is a mistake in the command line. @throws UsageError for it */
export function understood<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    throw error instanceof InvalidInputError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Opens, runs and closes. @throws CommandError for what AWS or the registry says, in words for people */
export async function withTarget<T extends { close(): void }>(
  isLocal: boolean,
  open: () => Promise<T>,
  run: (target: T) => Promise<void>,
): Promise<void> {
  let target: T | undefined;
  try {
    target = await open();
    await run(target);
  } catch (error) {
    if (error instanceof RegistryError) throw new CommandError(error.message, { cause: error });
    throw isAwsError(error) ? explainAwsError(error, isLocal) : error;
  } finally {
    target?.close();
  }
}
