import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import { loadEnvironment } from '../../config/load';
import { CommandError, UsageError } from './cli-error';

/** Where a command works: a deployed environment, or the emulator on this machine. */
export interface Target {
  readonly client: DynamoDBClient;
  /** Name of the registry table. */
  readonly table: string;
  readonly environment: string;
}

export interface TargetOptions {
  readonly env?: string;
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
  pid: z.int().positive(),
});

type Connection = Pick<DynamoDBClientConfig, 'region' | 'endpoint' | 'credentials' | 'maxAttempts'>;

/**
 * Finds the registry table by the parameter that the stack leaves for it, and gives a client for it.
 *
 * @throws UsageError, CommandError or ConfigError with what to change; errors of AWS itself as they are (see `explainAwsError`).
 */
export async function openTarget(options: TargetOptions, cwd: string): Promise<Target> {
  const { environment, connection } = options.local ? localTarget(options, cwd) : deployedTarget(options);
  const { platform } = loadEnvironment(environment, `--env ${environment}`);
  const parameter = `/${platform}/${environment}/registry-table`;
  const ssm = new SSMClient(connection);
  try {
    const { Parameter: found } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    if (!found?.Value) throw new CommandError(`Parameter ${parameter} is empty; deploy environment ${environment} again.`);
    return { client: new DynamoDBClient(connection), table: found.Value, environment };
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    const where = options.local ? 'in the local emulator' : `in region ${connection.region} of this account`;
    throw new CommandError(
      `There is no parameter ${parameter} ${where}: environment ${environment} is not deployed there. Check --env, --region and the credentials, or deploy it (npx cdk deploy --all -c env=${environment}).`,
    );
  } finally {
    ssm.destroy();
  }
}

function deployedTarget({ env = DEFAULT_ENVIRONMENT, region }: TargetOptions): { environment: string; connection: Connection } {
  const config = loadEnvironment(env, `--env ${env}`);
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new UsageError(`Option --region is "${region}"; it must be an AWS region, as in ${config.region}.`);
  }
  return { environment: env, connection: { region: region ?? config.region } };
}

function localTarget({ env, region }: TargetOptions, cwd: string): { environment: string; connection: Connection } {
  if (region !== undefined) throw new UsageError('Options --local and --region exclude each other: the emulator has one region.');
  const { url, region: localRegion, environment, ...keys } = readEndpoint(path.join(cwd, ENDPOINT_FILE));
  if (env !== undefined && env !== environment) {
    throw new UsageError(`The local emulator runs environment ${environment}, not ${env}; leave out --env.`);
  }
  const credentials = { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey, sessionToken: keys.sessionToken };
  // One attempt: what does not answer on this machine now will not answer in a second.
  return { environment, connection: { region: localRegion, endpoint: url, credentials, maxAttempts: 1 } };
}

function readEndpoint(file: string): z.infer<typeof endpointFile> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(`The local emulator is not running (no ${ENDPOINT_FILE}): run npm start first, in another terminal.`);
  }
  const parsed = endpointFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandError(
    `${ENDPOINT_FILE} is not what the emulator writes: stop the emulator and run npm start again.\n${z.prettifyError(parsed.error)}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
