import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import type { AwsCredentials } from '../../client';
import { UnknownEnvironmentError } from '../../config/error';
import { loadEnvironment } from '../../config/load';
import { CommandError, UsageError } from './cli-error';
import { type Connection, openLocal } from './local-endpoint';

/** Where a command works: a deployed environment, or the emulator on this machine. */
export interface TargetOptions {
  readonly env?: string;
  readonly region?: string;
  readonly local?: boolean;
}

export const DEFAULT_ENVIRONMENT = 'dev';

/** An environment's resources by the parameters that its stacks publish, and how its services are reached. */
export interface PlatformTarget {
  /** For the clients of any service. */
  readonly connection: Connection;
  readonly environment: string;
  /** Of whoever runs the command. */
  credentials(): Promise<AwsCredentials>;
  /** @throws CommandError when the environment has no such parameter. */
  parameter(name: string): Promise<string>;
  close(): void;
}

/** @throws UsageError, CommandError or ConfigError with what to change; errors of AWS itself as they are (see `explainAwsError`). */
export async function openPlatform(options: TargetOptions, cwd: string): Promise<PlatformTarget> {
  const local = options.local ? openLocal(options, cwd) : undefined;
  const environment = local?.endpoint.environment ?? options.env ?? DEFAULT_ENVIRONMENT;
  const config = loadEnvironment(environment, `--env ${environment}`);
  checkRegion(options.region);
  const connection: Connection = local?.connection ?? { region: options.region ?? config.region };
  const ssm = new SSMClient(connection);
  return {
    connection,
    environment,
    credentials: () => ssm.config.credentials(),
    parameter: (name) => readParameter(ssm, `/${config.platform}/${environment}/${name}`, environment, connection.region),
    close: () => ssm.destroy(),
  };
}

/** @throws UsageError */
export function checkRegion(region: string | undefined): void {
  if (region === undefined || /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return;
  throw new UsageError(`Option --region is "${region}"; it must be an AWS region, as in us-east-1.`);
}

async function readParameter(ssm: SSMClient, parameter: string, environment: string, region: string): Promise<string> {
  try {
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    if (!found?.Value) throw new CommandError(`Parameter ${parameter} is empty; deploy environment ${environment} again.`);
    return found.Value;
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    throw new CommandError(
      `There is no parameter ${parameter} in region ${region} of this account: environment ${environment} is not deployed there. Check --env, --region and the credentials, or deploy it (npx cdk deploy --all -c env=${environment}).`,
    );
  }
}

/** What an environment's config knows that words of a command are checked against; nothing where no config describes what runs. */
export interface KnownNames {
  /** Ids of the environment's models. */
  readonly models?: readonly string[];
  /** Names of models, each for one or several. */
  readonly aliases?: readonly string[];
  /** Those whose tokens the environment takes. */
  readonly issuers?: readonly string[];
}

export function namesOf(environment: string): KnownNames {
  try {
    const { models, embeddingModels = [], identity, routing } = loadEnvironment(environment);
    return {
      models: [...models, ...embeddingModels].map((model) => (typeof model === 'string' ? model : model.id)),
      aliases: Object.keys(routing.aliases),
      issuers: (identity?.oidc ?? []).map(({ issuer }) => issuer),
    };
  } catch (error) {
    if (error instanceof UnknownEnvironmentError) return {};
    throw error;
  }
}
