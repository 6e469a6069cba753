import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { openLocal } from './local-endpoint';
import type { OptionKinds } from './options';
import { type Command, environmentHelp, environmentOptions, runCommand, type Subcommand } from './subcommands';
import { checkRegion, DEFAULT_ENVIRONMENT, openPlatform, type TargetOptions } from './target';

/** The registry table itself: for prompts, whose versions and labels are granted one by one (`PromptRegistry.grantPush`, `grantPromote`). */
export interface RegistryTarget {
  readonly client: DynamoDBClient;
  /** Name of the table. */
  readonly table: string;
  /** For messages: the environment, or the table. */
  readonly where: string;
  close(): void;
}

export const registryOptions = { ...environmentOptions, table: 'string' } as const;

export const registryHelp = environmentHelp.replace(
  '  --region',
  "  --table <name>    the registry table itself, of a gateway that no environment's config describes\n  --region",
);

export type RegistrySubcommand<K extends OptionKinds> = Subcommand<K, RegistryTarget>;

/** A command on the registry table, as `blueprint prompts`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function runRegistryCommand<K extends OptionKinds & typeof registryOptions>(
  command: Omit<Command<K, RegistryTarget>, 'open'>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  await runCommand({ ...command, open: openRegistry }, args, context);
}

async function openRegistry(options: TargetOptions & { readonly table?: string }, cwd: string): Promise<RegistryTarget> {
  const { env, table, region, local } = options;
  if (table !== undefined && (env !== undefined || local)) {
    throw new UsageError(`Options --table and ${local ? '--local' : '--env'} exclude each other: a table is named, or found.`);
  }
  if (local) {
    const { endpoint, connection } = openLocal(options, cwd);
    const { environment, registryTable } = endpoint;
    if (registryTable === undefined) throw new CommandError('What the local emulator runs has no gateway, and so no registry of prompts.');
    return targetOf(new DynamoDBClient(connection), registryTable, environment);
  }
  checkRegion(region);
  if (table !== undefined) return targetOf(new DynamoDBClient({ region }), table, `table ${table}`);
  const environment = env ?? DEFAULT_ENVIRONMENT;
  const platform = await openPlatform({ env: environment, region }, cwd);
  try {
    return targetOf(new DynamoDBClient(platform.connection), await platform.parameter('registry-table'), environment);
  } finally {
    platform.close();
  }
}

function targetOf(client: DynamoDBClient, table: string, where: string): RegistryTarget {
  return { client, table, where, close: () => client.destroy() };
}
