import { explainAwsError, REGION_MISSING } from './aws-error';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { type OptionKinds, type ParsedOptions, parseOptions, unknown } from './options';
import { openPlatform, type PlatformTarget } from './target';

/** What every subcommand on an environment takes. */
export const platformOptions = { env: 'string', region: 'string', local: 'boolean', json: 'boolean', help: 'boolean' } as const;

export const platformHelp = `  --env <name>      environment (dev when absent)
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start runs, instead of AWS
  --json            print JSON
  --help            print this
`;

/** Prints the value as JSON, or the text, whichever was asked for. */
export type Print = (value: unknown, text: string) => void;

/** Checks its words first, so that nothing is asked of AWS for a mistyped one. */
export interface PlatformSubcommand<K extends OptionKinds> {
  readonly options: OptionKinds;
  prepare(options: ParsedOptions<K>): (platform: PlatformTarget, print: Print) => Promise<void>;
}

/** A command on what an environment's stacks have published, as `blueprint reviews`. */
export interface PlatformCommand<K extends OptionKinds> {
  readonly help: string;
  readonly subcommands: Readonly<Record<string, PlatformSubcommand<K>>>;
}

/** @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function runPlatformCommand<K extends OptionKinds & typeof platformOptions>(
  { help, subcommands }: PlatformCommand<K>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return void context.stdout.write(help);
  const names = Object.keys(subcommands);
  const subcommand = names.includes(name) ? subcommands[name] : undefined;
  if (subcommand === undefined) throw new UsageError(unknown('command', name, names));
  const options = parseOptions(rest, subcommand.options) as ParsedOptions<K>;
  const common = options.values as ParsedOptions<typeof platformOptions>['values'];
  if (common.help) return void context.stdout.write(help);
  const run = subcommand.prepare(options);
  let platform: PlatformTarget | undefined;
  try {
    platform = await openPlatform(common, context.cwd);
    await run(platform, (value, text) => context.stdout.write(`${common.json ? JSON.stringify(value, null, 2) : text}\n`));
  } catch (error) {
    throw isAwsError(error) ? explainAwsError(error, common.local ?? false) : error;
  } finally {
    platform?.close();
  }
}

/** The SDK marks what it throws; a refused connection, missing credentials and a missing region it passes on as they are. */
function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || 'code' in error || error.name.endsWith('ProviderError') || error.message === REGION_MISSING;
}
