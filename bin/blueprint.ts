#!/usr/bin/env node
import { ConfigError } from '../config/error';
import { CommandError, UsageError } from './commands/cli-error';
import type { CommandContext } from './commands/context';
import { unknown } from './commands/options';

const help = `blueprint: administer an AI-native backend

  blueprint keys create|rotate|list|revoke   API keys (blueprint keys --help)
  blueprint roles register|list|revoke       AWS roles that may call (blueprint roles --help)
  blueprint tenants set|show|list            whom calls are for, and where their data may go (blueprint tenants --help)
  blueprint teams set|list                   parts of tenants (blueprint teams --help)
  blueprint tokens revoke|list               tokens of OpenID Connect issuers (blueprint tokens --help)
  blueprint limits set|list                  what tenants, teams and keys may use (blueprint limits --help)
  blueprint usage                            what tenants have used, and what it cost (blueprint usage --help)
  blueprint prompts push|list|promote|…      prompts as releases (blueprint prompts --help)
  blueprint evals run                        whether prompts still answer as they should (blueprint evals --help)
  blueprint audit verify                     whether a day of the audit trail is intact (blueprint audit --help)
  blueprint reviews list|approve|…           what agents leave to people (blueprint reviews --help)
  blueprint dlq list|show|redrive|…          events that agents have given up (blueprint dlq --help)
  blueprint decisions export|label           what agents have decided, to learn from (blueprint decisions --help)
  blueprint local <assembly>...              run what was synthesized on this machine (blueprint local --help)
  blueprint help                             print this
`;

const commands: Readonly<Record<string, (args: readonly string[], context: CommandContext) => Promise<void>>> = {
  // Loaded on demand: help and usage errors need no AWS SDK.
  keys: async (args, context) => (await import('./commands/keys')).keysCommand(args, context),
  roles: async (args, context) => (await import('./commands/roles')).rolesCommand(args, context),
  tenants: async (args, context) => (await import('./commands/tenants')).tenantsCommand(args, context),
  teams: async (args, context) => (await import('./commands/teams')).teamsCommand(args, context),
  tokens: async (args, context) => (await import('./commands/tokens')).tokensCommand(args, context),
  limits: async (args, context) => (await import('./commands/limits')).limitsCommand(args, context),
  usage: async (args, context) => (await import('./commands/usage')).usageCommand(args, context),
  prompts: async (args, context) => (await import('./commands/prompts')).promptsCommand(args, context),
  evals: async (args, context) => (await import('./commands/evals')).evalsCommand(args, context),
  audit: async (args, context) => (await import('./commands/audit')).auditCommand(args, context),
  reviews: async (args, context) => (await import('./commands/reviews')).reviewsCommand(args, context),
  dlq: async (args, context) => (await import('./commands/dlq')).dlqCommand(args, context),
  decisions: async (args, context) => (await import('./commands/decisions')).decisionsCommand(args, context),
  local: async (args, context) => (await import('./commands/local')).localCommand(args, context),
};

/**
 * Runs a command line, without the words `node` and the script's.
 *
 * @returns the exit code: 0 done, 1 not done, 2 not understood. It never throws: what people can act on is printed without a stack.
 */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(help);
    return 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      throw new UsageError(
        name.startsWith('-') ? unknown('option', name, ['--help']) : unknown('command', name, [...Object.keys(commands), 'help']),
      );
    }
    await command(rest, context);
    return 0;
  } catch (error) {
    return report(error, context);
  }
}

function report(error: unknown, { stderr }: CommandContext): number {
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof ConfigError) return 2;
  if (error instanceof CommandError) return 1;
  if (error instanceof UsageError) {
    stderr.write('Run blueprint help for what there is.\n');
    return 2;
  }
  stderr.write('This is a defect in blueprint; please report it.\n');
  return 1;
}

if (require.main === module) {
  const { stdout, stderr } = process;
  void main(process.argv.slice(2), { stdout, stderr, cwd: process.cwd(), nowMs: Date.now }).then((code) => {
    process.exitCode = code;
  });
}
