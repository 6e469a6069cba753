import type { Revocation } from '../../lambdas/core/identity/revocations';
import { checkSubject } from '../../lambdas/core/administration/revocation-store';
import { adminHelp, adminOptions, type AdminSubcommand, runAdminCommand } from './admin-command';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { advice } from './scope-options';
import { noMore } from './subcommands';

const tokensHelp = `blueprint tokens: tokens of OpenID Connect issuers

  blueprint tokens revoke --issuer <url> --subject <subject>
  blueprint tokens list

Revokes all tokens that a bearer was given until now; they are refused within 30 seconds. Those that the issuer gives later count again: who is to
have none at all is shut out there. The key_id of audit records is issuer, "#" and subject.

${adminHelp}`;

const options = { ...adminOptions, issuer: 'string', subject: 'string' } as const;
type TokenSubcommand = AdminSubcommand<typeof options>;

const revoke: TokenSubcommand = {
  options,
  prepare({ values: { issuer, subject }, positionals }) {
    noMore(positionals, 0, 'tokens revoke');
    if (issuer === undefined) throw new UsageError('blueprint tokens revoke needs --issuer <url>.');
    if (subject === undefined) throw new UsageError('blueprint tokens revoke needs --subject <subject>.');
    checkSubject(subject);
    return async ({ administrator, where, issuers }, print) => {
      // Of one that is not trusted there is nothing to revoke, and a mistyped one would go unnoticed.
      if (issuers?.includes(issuer) === false)
        throw new UsageError(`Option --issuer is "${issuer}", which is no issuer of ${where}${advice(issuer, issuers)}`);
      const record = await administrator.revokeTokens(issuer, subject);
      print(
        asJson(record),
        `Tokens of ${subject} from ${issuer} in ${where} are revoked; those issued until now are refused within 30 seconds.`,
      );
    };
  },
};

const list: TokenSubcommand = {
  options: adminOptions,
  prepare({ positionals }) {
    noMore(positionals, 0, 'tokens list');
    return async ({ administrator, where }, print) => {
      const found = await administrator.listRevocations();
      const rows = found.map(({ issuer, subject, revokedAt }) => [issuer, subject, isoTime(revokedAt)]);
      print(
        found.map(asJson),
        rows.length === 0 ? `No tokens are revoked in ${where}.` : asColumns([['ISSUER', 'SUBJECT', 'UNTIL'], ...rows]),
      );
    };
  },
};

/** `blueprint tokens …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function tokensCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runAdminCommand({ help: tokensHelp, subcommands: { revoke, list } }, args, context);
}

function asJson(record: Revocation): object {
  return { ...record, revokedAt: isoTime(record.revokedAt) };
}
