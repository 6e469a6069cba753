import { SSMClient } from '@aws-sdk/client-ssm';
import { Administrator } from '../administrator';
import { type ApiClientOptions, createApiClient } from '../api-client';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { openLocal, START_IT } from './local-endpoint';
import type { OptionKinds } from './options';
import { type Command, environmentHelp, environmentOptions, runCommand, type Subcommand } from './subcommands';
import { checkRegion, DEFAULT_ENVIRONMENT, type KnownNames, namesOf, openPlatform, type TargetOptions } from './target';

/** Whose callers a command administers. */
export interface AdminTarget extends KnownNames {
  readonly administrator: Administrator;
  /** For messages: the environment, or the URL. */
  readonly where: string;
  close(): void;
}

/** What every administrative command takes. */
export const adminOptions = { ...environmentOptions, url: 'string' } as const;

export const adminHelp = environmentHelp.replace(
  '  --region',
  "  --url <url>       address of the API, of a gateway that no environment's config describes\n  --region",
);

export type AdminSubcommand<K extends OptionKinds> = Subcommand<K, AdminTarget>;

/** A command on `/iam/v1/admin`, as `blueprint keys`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function runAdminCommand<K extends OptionKinds & typeof adminOptions>(
  command: Omit<Command<K, AdminTarget>, 'open'>,
  args: readonly string[],
  context: CommandContext,
): Promise<void> {
  await runCommand({ ...command, open: openAdministration }, args, context);
}

export interface AdminTargetOptions extends TargetOptions {
  readonly url?: string;
}

/**
 * The administration of the gateway whose address was given, of the running emulator, or of the environment whose stacks have published theirs.
 *
 * @throws UsageError, CommandError or ConfigError with what to change; errors of AWS itself as they are (see `explainAwsError`).
 */
export async function openAdministration(options: AdminTargetOptions, cwd: string): Promise<AdminTarget> {
  const { env, url, region, local } = options;
  if (url !== undefined && (env !== undefined || local)) {
    throw new UsageError(`Options --url and ${local ? '--local' : '--env'} exclude each other: an address is given, or found.`);
  }
  if (local) return localAdministration(options, cwd);
  checkRegion(region);
  return url === undefined ? deployedAdministration(env ?? DEFAULT_ENVIRONMENT, region) : administrationAt(baseUrlOf(url), region);
}

const HINTS: ApiClientOptions['hints'] = {
  access_denied: 'Administration is for AWS identities that Administration.grantAdminister lets in (docs/identity.md, "Who administers").',
  route_not_found: "Add an Administration to the gateway's stack, or deploy the version that has one.",
};

function targetAt(
  gatewayUrl: string,
  where: string,
  client: Pick<ApiClientOptions, 'region' | 'credentials' | 'unreachable'>,
): AdminTarget {
  const administrator = new Administrator(createApiClient({ ...client, url: `${gatewayUrl}/iam/v1/admin`, hints: HINTS }));
  return { administrator, where, close: () => {} };
}

function localAdministration(options: AdminTargetOptions, cwd: string): AdminTarget {
  const { endpoint, connection } = openLocal(options, cwd);
  const { environment, gatewayUrl, region, ...keys } = endpoint;
  if (gatewayUrl === undefined) throw new CommandError('What the local emulator runs has no gateway, and so no keys and roles.');
  const credentials = async () => connection.credentials ?? keys;
  const target = targetAt(gatewayUrl, environment, { region, credentials, unreachable: `it stands in .local/endpoint.json; ${START_IT}` });
  return { ...target, ...namesOf(environment) };
}

async function deployedAdministration(environment: string, region: string | undefined): Promise<AdminTarget> {
  const platform = await openPlatform({ env: environment, region }, '');
  const { connection, credentials, close } = platform;
  const unreachable = 'check the network, --env and --region.';
  const target = targetAt(await platform.parameter('gateway-url'), environment, { region: connection.region, credentials, unreachable });
  return { ...target, ...namesOf(environment), close };
}

/** Whatever is not said is found as the AWS SDK finds it. */
async function administrationAt(url: string, given: string | undefined): Promise<AdminTarget> {
  const aws = new SSMClient({ region: given ?? /\.execute-api\.([a-z0-9-]+)\./.exec(url)?.[1] });
  const region = await aws.config.region();
  const target = targetAt(url, url, { region, credentials: () => aws.config.credentials(), unreachable: 'check --url and the network.' });
  return { ...target, close: () => aws.destroy() };
}

/** Without a slash at its end. @throws UsageError */
function baseUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new UsageError(
    `Option --url is "${text}"; it must be the gateway's address, as in https://abc123.execute-api.us-east-1.amazonaws.com/live.`,
  );
}
