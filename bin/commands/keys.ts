import type { StoredKey } from '../../lambdas/core/key-item';
import { keyRefusal } from '../../lambdas/core/keys';
import { checkKeyId } from '../../lambdas/core/administration/key-store';
import { checkName, checkTeam, checkTenant } from '../../lambdas/core/administration/registry-input';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { parseExpiry, parseOverlap } from './expiry';
import { asColumns, isoTime } from './format';
import { checkModels, scopeHelp, scopeOptions, scopesOf } from './scope-options';
import { noMore } from './subcommands';

const keysHelp = `blueprint keys: API keys of an environment

  blueprint keys create --tenant <tenant> --name <name> [--team <team>] [--owner <owner>] [--expires <90d|2027-01-01>] [<scopes>]
  blueprint keys rotate <keyId> [--overlap <24h>] [--expires <90d|2027-01-01>]
  blueprint keys list [--tenant <tenant>]
  blueprint keys revoke <keyId>

A key is shown once, when it is created; only its SHA-256 is stored. A revoked key is refused within 30 seconds. One that is rotated is good beside
the new one until the overlap is over (24h when absent, 0 for at once); scopes, limits and what was spent go on with the new one.

What a key may use, within what its team and tenant may:
${scopeHelp}
${adminHelp}`;

const options = {
  ...adminOptions,
  ...scopeOptions,
  tenant: 'string',
  team: 'string',
  name: 'string',
  owner: 'string',
  expires: 'string',
  overlap: 'string',
} as const;
const { overlap: _, ...createOptions } = options;
type KeySubcommand = AdminSubcommand<typeof options>;

const create: KeySubcommand = {
  options: createOptions,
  prepare({ values, positionals }, nowMs) {
    noMore(positionals, 0, 'keys create');
    const { tenant, team, name, owner, expires } = values;
    if (tenant === undefined || name === undefined) {
      throw new UsageError(`blueprint keys create needs ${tenant === undefined ? '--tenant <tenant>' : '--name <name>'}.`);
    }
    checkTenant(tenant);
    if (team !== undefined) checkTeam(team);
    checkName(name);
    if (owner !== undefined) checkName(owner, 'owner');
    const scopes = scopesOf(values);
    const expiresAt = expires === undefined ? undefined : parseExpiry(expires, nowMs);
    return async (target, print) => {
      const { administrator, where } = target;
      checkModels(scopes, target);
      const { key: secret, record } = await administrator.createKey({ tenant, team, name, owner, scopes, expiresAt });
      print(
        { key: secret, ...asJson(record, nowMs) },
        `Created ${record.keyId} for tenant ${tenant} in ${where}; it ${untilOf(record)}.\nStore the key now, it is not shown again:\n\n${secret}\n`,
      );
    };
  },
};

const rotate: KeySubcommand = {
  options: { ...adminOptions, overlap: 'string', expires: 'string' },
  prepare({ values: { overlap = '24h', expires }, positionals }, nowMs) {
    noMore(positionals, 1, 'keys rotate');
    const [keyId] = positionals;
    if (keyId === undefined) throw new UsageError('blueprint keys rotate needs the id of a key (see blueprint keys list).');
    checkKeyId(keyId);
    const overlapMs = parseOverlap(overlap);
    const expiresAt = expires === undefined ? undefined : parseExpiry(expires, nowMs);
    return async ({ administrator, where }, print) => {
      const { key: secret, record, old } = await administrator.rotateKey(keyId, { overlapMs, expiresAt });
      const end = isoTime(old.expiresAt ?? nowMs);
      print(
        { key: secret, ...asJson(record, nowMs), replaces: { keyId, expiresAt: end } },
        `Created ${record.keyId} for tenant ${record.tenant} in ${where}, in the place of ${keyId}, which ends ${end}; it ${untilOf(record)}.\nStore the key now, it is not shown again:\n\n${secret}\n`,
      );
    };
  },
};

const list: KeySubcommand = {
  options: { ...adminOptions, tenant: 'string' },
  prepare({ values: { tenant }, positionals }, nowMs) {
    noMore(positionals, 0, 'keys list');
    if (tenant !== undefined) checkTenant(tenant);
    return async ({ administrator, where }, print) => {
      const keys = await administrator.listKeys(tenant);
      const of = tenant === undefined ? '' : ` of tenant ${tenant}`;
      print(
        keys.map((key) => asJson(key, nowMs)),
        keys.length === 0 ? `No keys${of} in ${where}.` : asTable(keys, nowMs),
      );
    };
  },
};

const revoke: KeySubcommand = {
  options: adminOptions,
  prepare({ positionals }, nowMs) {
    noMore(positionals, 1, 'keys revoke');
    const [keyId] = positionals;
    if (keyId === undefined) throw new UsageError('blueprint keys revoke needs the id of a key (see blueprint keys list).');
    checkKeyId(keyId);
    return async ({ administrator, where }, print) => {
      const { record, alreadyRevoked } = await administrator.revokeKey(keyId);
      const when = alreadyRevoked
        ? `was revoked already, ${isoTime(record.revokedAt ?? nowMs)}`
        : 'is revoked; it is refused within 30 seconds';
      print(asJson(record, nowMs), `Key ${keyId} of tenant ${record.tenant} in ${where} ${when}.`);
    };
  },
};

/**
 * `blueprint keys …`.
 *
 * @throws UsageError, CommandError or ConfigError, each with a message for people.
 */
export async function keysCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: keysHelp, subcommands: { create, rotate, list, revoke } }, args, context);
}

function untilOf({ expiresAt }: StoredKey): string {
  return expiresAt === undefined ? 'does not expire' : `expires ${isoTime(expiresAt)}`;
}

function asJson(key: StoredKey, nowMs: number): object {
  const { createdAt, expiresAt, revokedAt, rotatedAt } = key;
  return {
    ...key,
    status: statusOf(key, nowMs),
    createdAt: isoTime(createdAt),
    expiresAt: expiresAt === undefined ? null : isoTime(expiresAt),
    revokedAt: revokedAt === undefined ? null : isoTime(revokedAt),
    ...(rotatedAt !== undefined && { rotatedAt: isoTime(rotatedAt) }),
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
    key.team ?? '-',
    key.owner ?? '-',
  ]);
  return asColumns([['KEY ID', 'TENANT', 'NAME', 'STATUS', 'CREATED', 'EXPIRES', 'TEAM', 'OWNER'], ...rows]);
}

function statusOf(key: StoredKey, nowMs: number): string {
  return keyRefusal(key, nowMs) ?? (key.replacedBy === undefined ? 'active' : 'rotated');
}
