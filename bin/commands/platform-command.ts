import type { CommandContext } from './context';
import type { OptionKinds } from './options';
import { type Command, type environmentOptions, runCommand, type Subcommand } from './subcommands';
import { openPlatform, type PlatformTarget } from './target';

export type PlatformSubcommand<K extends OptionKinds> = Subcommand<K, PlatformTarget>;

/**
 * A command on what an environment's stacks have published, as `blueprint reviews`.
 *
 * @throws UsageError, CommandError or ConfigError, each with a message for people.
 */
export async function runPlatformCommand<K extends OptionKinds & typeof environmentOptions>(
  command: Omit<Command<K, PlatformTarget>, 'open'>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  await runCommand({ ...command, open: openPlatform }, args, context);
}
