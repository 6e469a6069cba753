import type { StoredKey } from '../../lambdas/core/key-item';
import { keyRefusal } from '../../lambdas/core/keys';
import { checkKeyId, checkKeyName, checkTenant, createKey, InvalidKeyInputError, KeyStoreError, listKeys, revokeKey } from '../key-store';
import { explainAwsError } from './aws-error';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { parseExpiry } from './expiry';
import { type ParsedOptions, parseOptions, unknown } from './options';
import { openTarget, type Target } from './target';

export const keysHelp = `blueprint keys: API keys of an environment

  blueprint keys create --tenant <tenant> --name <name> [--expires <90d|2027-01-01>]
  blueprint keys list [--tenant <tenant>]
  blueprint keys revoke <keyId>

A key is shown once, when it is created; only its SHA-256 is stored. A revoked key is refused within 30 seconds.

  --env <name>      environment (dev when absent)
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start runs, instead of AWS
  --json            print JSON
  --help            print this
`;

const common = { env: 'string', region: 'string', local: 'boolean', json: 'boolean', help: 'boolean' } as const;

type Options = ParsedOptions<typeof common & { tenant: 'string'; name: 'string'; expires: 'string' }>;
type Print = (value: unknown, text: string) => void;

/** A subcommand: checks its words first, so that nothing is asked of AWS for a mistyped one. */
interface Subcommand {
  readonly options: Parameters<typeof parseOptions>[1];
  prepare(options: Options, nowMs: number): (target: Target, print: Print) => Promise<void>;
}

const create: Subcommand = {
  options: { ...common, tenant: 'string', name: 'string', expires: 'string' },
  prepare({ values, positionals }, nowMs) {
    noMore(positionals, 0, 'create');
    const { tenant, name, expires } = values;
    if (tenant === undefined || name === undefined) {
      throw new UsageError(`blueprint keys create needs ${tenant === undefined ? '--tenant <tenant>' : '--name <name>'}.`);
    }
    checkTenant(tenant);
    checkKeyName(name);
    const expiresAt = expires === undefined ? undefined : parseExpiry(expires, nowMs);
    return async ({ client, table, environment }, print) => {
      const { secret, record } = await createKey({ client, table, tenant, name, expiresAt, nowMs });
      const until = record.expiresAt === undefined ? 'does not expire' : `expires ${isoTime(record.expiresAt)}`;
      print(
        { key: secret, ...asJson(record, nowMs) },
        `Created ${record.keyId} for tenant ${tenant} in ${environment}; it ${until}.\nStore the key now, it is not shown again:\n\n${secret}\n`,
      );
    };
  },
};

const list: Subcommand = {
  options: { ...common, tenant: 'string' },
  prepare({ values: { tenant }, positionals }, nowMs) {
    noMore(positionals, 0, 'list');
    if (tenant !== undefined) checkTenant(tenant);
    return async ({ client, table, environment }, print) => {
      const keys = await listKeys({ client, table, tenant });
      const of = tenant === undefined ? '' : ` of tenant ${tenant}`;
      print(
        keys.map((key) => asJson(key, nowMs)),
        keys.length === 0 ? `No keys${of} in ${environment}.` : asTable(keys, nowMs),
      );
    };
  },
};

const revoke: Subcommand = {
  options: common,
  prepare({ positionals }, nowMs) {
    noMore(positionals, 1, 'revoke');
    const [keyId] = positionals;
    if (keyId === undefined) throw new UsageError('blueprint keys revoke needs the id of a key (see blueprint keys list).');
    checkKeyId(keyId);
    return async ({ client, table, environment }, print) => {
      const { record, alreadyRevoked } = await revokeKey({ client, table, keyId, nowMs });
      const when = alreadyRevoked
        ? `was revoked already, ${isoTime(record.revokedAt ?? nowMs)}`
        : 'is revoked; it is refused within 30 seconds';
      print(asJson(record, nowMs), `Key ${keyId} of tenant ${record.tenant} in ${environment} ${when}.`);
    };
  },
};

const subcommands: Readonly<Record<string, Subcommand>> = { create, list, revoke };

/**
 * `blueprint keys …`.
 *
 * @throws UsageError, CommandError or ConfigError, each with a message for people.
 */
export async function keysCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(keysHelp);
    return;
  }
  const names = Object.keys(subcommands);
  const subcommand = names.includes(name) ? subcommands[name] : undefined;
  if (subcommand === undefined) throw new UsageError(unknown('command', name, names));
  const options: Options = parseOptions(rest, subcommand.options);
  if (options.values.help) {
    context.stdout.write(keysHelp);
    return;
  }
  const nowMs = context.nowMs();
  const run = understood(() => subcommand.prepare(options, nowMs));
  const print: Print = (value, text) => context.stdout.write(`${options.values.json ? JSON.stringify(value, null, 2) : text}\n`);
  await withTarget(options, context, (target) => run(target, print));
}

/** What no key can be called is a mistake in the command line. */
function understood<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (error) {
    throw error instanceof InvalidKeyInputError ? new UsageError(error.message, { cause: error }) : error;
  }
}

async function withTarget(options: Options, context: CommandContext, run: (target: Target) => Promise<void>): Promise<void> {
  let target: Target | undefined;
  try {
    target = await openTarget(options.values, context.cwd);
    await run(target);
  } catch (error) {
    if (error instanceof KeyStoreError) throw new CommandError(error.message, { cause: error });
    throw isAwsError(error) ? explainAwsError(error, options.values.local ?? false) : error;
  } finally {
    target?.client.destroy();
  }
}

/** The SDK marks what it throws; a refused connection and missing credentials it passes on as they are. */
function isAwsError(error: unknown): error is Error {
  return error instanceof Error && ('$metadata' in error || 'code' in error || error.name.endsWith('ProviderError'));
}

function noMore(positionals: readonly string[], most: number, name: string): void {
  const extra = positionals[most];
  if (extra !== undefined) throw new UsageError(`blueprint keys ${name} does not know what to do with "${extra}".`);
}

function asJson(key: StoredKey, nowMs: number): object {
  const { createdAt, expiresAt, revokedAt } = key;
  return {
    ...key,
    status: statusOf(key, nowMs),
    createdAt: isoTime(createdAt),
    expiresAt: expiresAt === undefined ? null : isoTime(expiresAt),
    revokedAt: revokedAt === undefined ? null : isoTime(revokedAt),
  };
}

function asTable(keys: readonly StoredKey[], nowMs: number): string {
  const rows = keys.map((key) => [
    key.keyId,
    key.tenant,
    key.name,
    statusOf(key, nowMs),
    isoTime(key.createdAt),
    key.expiresAt === undefined ? 'never' : isoTime(key.expiresAt),
  ]);
  const table = [['KEY ID', 'TENANT', 'NAME', 'STATUS', 'CREATED', 'EXPIRES'], ...rows];
  const widths = table.reduce<number[]>((most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)), []);
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function statusOf(key: StoredKey, nowMs: number): string {
  return keyRefusal(key, nowMs) ?? 'active';
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
