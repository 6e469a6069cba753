import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { CommandError, UsageError } from './cli-error';

const ENDPOINT_FILE = path.join('.local', 'endpoint.json');
/** What to do where the emulator does not answer. */
export const START_IT = 'run npm start or blueprint local first, in another terminal.';

/** What the running emulator writes, for `blueprint --local`. */
export const localEndpoint = z.object({
  /** Of AWS. */
  url: z.url(),
  region: z.string().min(1),
  /** Of an administrator. */
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1),
  environment: z.string().min(1),
  /** Base URL of the gateway's API. Absent, as the table: no gateway is among what runs. */
  gatewayUrl: z.url().optional(),
  registryTable: z.string().min(1).optional(),
  pid: z.int().positive(),
});

export type LocalEndpoint = z.infer<typeof localEndpoint>;

/** How a service is reached. */
export interface Connection {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };
  readonly maxAttempts?: number;
}

export interface LocalOptions {
  readonly env?: string;
  readonly region?: string;
}

/** @throws UsageError for options that do not go with the emulator; CommandError when it is not running. */
export function openLocal(
  { env, region }: LocalOptions,
  cwd: string,
): { readonly endpoint: LocalEndpoint; readonly connection: Connection } {
  if (region !== undefined) throw new UsageError('Options --local and --region exclude each other: the emulator has one region.');
  const endpoint = readEndpoint(path.join(cwd, ENDPOINT_FILE));
  if (env !== undefined && env !== endpoint.environment) {
    throw new UsageError(`The local emulator runs environment ${endpoint.environment}, not ${env}; leave out --env.`);
  }
  const { url, region: localRegion, accessKeyId, secretAccessKey, sessionToken } = endpoint;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  // One attempt: what does not answer on this machine now will not answer in a second.
  return { endpoint, connection: { region: localRegion, endpoint: url, credentials, maxAttempts: 1 } };
}

function readEndpoint(file: string): LocalEndpoint {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(`The local emulator is not running (no ${ENDPOINT_FILE}): ${START_IT}`);
  }
  const parsed = localEndpoint.safeParse(parseJson(text));
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
