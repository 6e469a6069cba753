import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { UnknownEnvironmentError } from '../../config/error';
import type { AwsCredentials } from '../../client';
import { loadEnvironment } from '../../config/load';
import { CommandError, UsageError } from './cli-error';

/** Where a command works: a deployed environment, or the emulator on this machine. */
export interface Target {
  readonly client: DynamoDBClient;
  /** Name of the registry table. */
  readonly table: string;
  /** For messages: the environment, or the table. */
  readonly where: string;
  /** Ids of the environment's models; undefined where only a table is named, or no config describes what runs. */
  readonly models?: readonly string[];
  /** Those whose tokens the environment takes; undefined likewise. */
  readonly issuers?: readonly string[];
}

export interface TargetOptions {
  readonly env?: string;
  readonly table?: string;
  readonly region?: string;
  readonly local?: boolean;
}

const DEFAULT_ENVIRONMENT = 'dev';
const ENDPOINT_FILE = path.join('.local', 'endpoint.json');

/** What the running emulator writes. */
const endpointFile = z.object({
  url: z.url(),
  region: z.string().min(1),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1),
  environment: z.string().min(1),
  /** Absent: no gateway is among what runs. */
  registryTable: z.string().min(1).optional(),
  pid: z.int().positive(),
});

/**
 * A client for the registry table: the one that was named, that of the running emulator, or the one that the environment's stack leaves a parameter
 * for.
 *
 * @throws UsageError, CommandError or ConfigError with what to change; errors of AWS itself as they are (see `explainAwsError`).
 */
export async function openTarget(options: TargetOptions, cwd: string): Promise<Target> {
  const { env, table, region, local } = options;
  if (table !== undefined && (env !== undefined || local)) {
    throw new UsageError(`Options --table and ${local ? '--local' : '--env'} exclude each other: a table is named, or found.`);
  }
  if (local) return localTarget(options, cwd);
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new UsageError(`Option --region is "${region}"; it must be an AWS region, as in us-east-1.`);
  }
  if (table !== undefined) return { client: new DynamoDBClient({ region }), table, where: `table ${table}` };
  return deployedTarget(env ?? DEFAULT_ENVIRONMENT, region);
}

async function deployedTarget(environment: string, givenRegion: string | undefined): Promise<Target> {
  const platform = await openPlatform({ env: environment, region: givenRegion }, '');
  try {
    return {
      client: new DynamoDBClient(platform.connection),
      table: await platform.parameter('registry-table'),
      where: environment,
      ...namesOf(environment),
    };
  } finally {
    platform.close();
  }
}

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

export interface Connection {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  readonly maxAttempts?: number;
}

/** @throws UsageError, CommandError or ConfigError with what to change. */
export async function openPlatform(options: Pick<TargetOptions, 'env' | 'region' | 'local'>, cwd: string): Promise<PlatformTarget> {
  const local = options.local ? localConnection(options, cwd) : undefined;
  const environment = local?.environment ?? options.env ?? DEFAULT_ENVIRONMENT;
  const config = loadEnvironment(environment, `--env ${environment}`);
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

function localTarget(options: TargetOptions, cwd: string): Target {
  const { connection, environment, registryTable } = localConnection(options, cwd);
  if (registryTable === undefined)
    throw new CommandError('What the local emulator runs has no gateway, and so no registry of keys and roles.');
  return { client: new DynamoDBClient(connection), table: registryTable, where: environment, ...namesOf(environment) };
}

function namesOf(environment: string): Pick<Target, 'models' | 'issuers'> {
  try {
    const { models, embeddingModels = [], identity } = loadEnvironment(environment);
    return {
      models: [...models, ...embeddingModels].map((model) => (typeof model === 'string' ? model : model.id)),
      issuers: (identity?.oidc ?? []).map(({ issuer }) => issuer),
    };
  } catch (error) {
    if (error instanceof UnknownEnvironmentError) return {};
    throw error;
  }
}

function localConnection({ env, region }: TargetOptions, cwd: string) {
  if (region !== undefined) throw new UsageError('Options --local and --region exclude each other: the emulator has one region.');
  const { url, region: localRegion, environment, registryTable, ...keys } = readEndpoint(path.join(cwd, ENDPOINT_FILE));
  if (env !== undefined && env !== environment) {
    throw new UsageError(`The local emulator runs environment ${environment}, not ${env}; leave out --env.`);
  }
  const credentials = { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey, sessionToken: keys.sessionToken };
  // One attempt: what does not answer on this machine now will not answer in a second.
  const connection: Connection = { region: localRegion, endpoint: url, credentials, maxAttempts: 1 };
  return { connection, environment, registryTable };
}

function readEndpoint(file: string): z.infer<typeof endpointFile> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(
      `The local emulator is not running (no ${ENDPOINT_FILE}): run npm start or blueprint local first, in another terminal.`,
    );
  }
  const parsed = endpointFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `${ENDPOINT_FILE} is not what the emulator writes: stop the emulator and start it again.\n${z.prettifyError(parsed.error)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
