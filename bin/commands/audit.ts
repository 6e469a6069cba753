import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { addDays, dayOf, startOfDayMs } from '../../lambdas/core/audit-archive/archive-keys';
import { createArchiveStore } from '../../lambdas/core/audit-archive/archive-store';
import { createAuditTable } from '../../lambdas/core/audit-archive/audit-table';
import { createManifestSigner } from '../../lambdas/core/audit-archive/manifest-signer';
import { type DayVerdict, type Discrepancy, verifyDay } from '../../lambdas/core/audit-archive/verify-day';
import { explainAwsError } from './aws-error';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { parseOptions, unknown } from './options';
import { noMore } from './subcommands';
import { openPlatform, type PlatformTarget } from './target';

const help = `blueprint audit: the audit trail of an environment

  blueprint audit verify [--day <2026-11-20>]

Compares a day (UTC; yesterday when absent) three ways: its signed manifest with the archive's objects, the archive's records with the table's, and the table's with the
archive's. The first thing that is not as it was is named, and the command ends with 1. It reads the whole table.

  --env <name>      environment (dev when absent)
  --region <region> AWS region (the environment's own when absent)
  --local           the emulator that npm start runs, instead of AWS
  --json            print JSON
  --help            print this
`;

const kinds = { day: 'string', env: 'string', region: 'string', local: 'boolean', json: 'boolean', help: 'boolean' } as const;

const MEANINGS: Readonly<Record<Discrepancy['kind'], string>> = {
  no_manifest: 'the day was not sealed',
  manifest_unreadable: 'what is in the place of its manifest is none',
  bad_signature: 'the manifest is not the one that was signed',
  broken_chain: 'the manifest before is not the one that this one names',
  object_missing: 'an object of the archive is gone',
  object_changed: 'an object of the archive was replaced',
  object_added: 'an object of the archive is not in the manifest',
  object_unreadable: 'an object of the archive is not what the copier writes',
  record_missing: 'a record is gone from the table',
  record_changed: 'a record was changed in the table',
  record_added: 'a record of the table was never archived',
};

/** `blueprint audit …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function auditCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    context.stdout.write(help);
    return;
  }
  if (name !== 'verify') throw new UsageError(unknown('command', name, ['verify']));
  const { values, positionals } = parseOptions(rest, kinds);
  if (values.help) {
    context.stdout.write(help);
    return;
  }
  noMore(positionals, 0, 'audit verify');
  const day = dayFrom(values.day, context.nowMs());
  const verdict = await verify(day, values, context);
  context.stdout.write(`${values.json ? JSON.stringify(verdict, null, 2) : inWords(verdict)}\n`);
  const [first] = verdict.discrepancies;
  if (first !== undefined) throw new CommandError(`Day ${day} is not intact: ${MEANINGS[first.kind]} (${first.what}).`);
}

function dayFrom(text: string | undefined, nowMs: number): string {
  if (text === undefined) return addDays(dayOf(nowMs), -1);
  try {
    startOfDayMs(text);
    return text;
  } catch (error) {
    throw new UsageError(`Option --day: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function verify(
  day: string,
  options: { readonly env?: string; readonly region?: string; readonly local?: boolean },
  context: CommandContext,
): Promise<DayVerdict> {
  let platform: PlatformTarget | undefined;
  try {
    platform = await openPlatform(options, context.cwd);
    const [bucket, key, table] = await Promise.all(['audit-archive-bucket', 'audit-signing-key', 'audit-table'].map(platform.parameter));
    const { connection } = platform;
    const ports = {
      archive: createArchiveStore(bucket ?? '', new S3Client({ ...connection, forcePathStyle: connection.endpoint !== undefined })),
      signer: createManifestSigner(key ?? '', new KMSClient(connection)),
      table: createAuditTable(new DynamoDBClient(connection), table ?? ''),
      nowMs: context.nowMs,
    };
    return await verifyDay(day, ports);
  } catch (error) {
    if (error instanceof Error && ('$metadata' in error || 'code' in error)) throw explainAwsError(error, options.local ?? false);
    throw error;
  } finally {
    platform?.close();
  }
}

function inWords({ day, discrepancies, records }: DayVerdict): string {
  if (discrepancies.length === 0) return `Day ${day} is intact: ${records} records, as they were written.`;
  return [`Day ${day}: ${records} records in the archive.`, ...discrepancies.map(({ kind, what }) => `  ${kind}  ${what}`)].join('\n');
}
