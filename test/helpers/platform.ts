import { DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import OpenAI from 'openai';
import { createKey, revokeKey } from '../../lambdas/core/administration/key-store';
import type { Limits } from '../../lambdas/core/limits';
import { toTenantItem } from '../../lambdas/core/tenants';
import { Emulator, type EmulatorOptions } from '../../local/emulator';
import { type EmulatorEvent, EventSink } from '../../local/events';
import type { LambdaFunction } from '../../local/lambda/function';
import { TEST_ASSEMBLY } from './test-assembly';

export const MODEL = 'claude-haiku-4.5';

export type RequestLine = Readonly<Record<string, unknown>>;

/** The platform, started for a suite from the synthesized assembly, with what a suite wants to know of it. */
export interface TestPlatform {
  readonly emulator: Emulator;
  readonly url: string;
  /** A key of the tenant `acme`. */
  readonly key: string;
  readonly openai: OpenAI;
  readonly events: EmulatorEvent[];
  readonly dynamodb: DynamoDBClient;
  /** The gateway's function. */
  readonly gateway: LambdaFunction;
  /** Calls the API with a JSON body; `key: null` sends no key. */
  request(
    path: string,
    options?: { method?: string; body?: unknown; key?: string | null; headers?: Record<string, string> },
  ): Promise<Response>;
  createKey(tenant: string, more?: { expiresAt?: number; revokedAt?: number }): Promise<string>;
  /** Says in the registry what a tenant may use; in force at once for callers that were not seen before. */
  limitTenant(tenant: string, limits: Limits): Promise<void>;
  /** Every item of the audit table, by call id and kind: `{ '<id>': { INTENT: …, SETTLEMENT: … } }`. */
  audit(): Promise<Record<string, Record<string, Record<string, unknown>>>>;
  /** The functions' log lines so far, parsed. */
  logs(): RequestLine[];
  stop(): Promise<void>;
}

export async function startPlatform(options: Partial<EmulatorOptions> = {}): Promise<TestPlatform> {
  const events: EmulatorEvent[] = [];
  const sink = new EventSink();
  sink.listen((event) => events.push(event));
  const emulator = await Emulator.start({
    assembly: TEST_ASSEMBLY,
    port: 0,
    latency: { firstTokenMs: 0, perTokenMs: 0 },
    events: sink,
    ...options,
  });
  const dynamodb = new DynamoDBClient({
    endpoint: emulator.world.endpoint.url,
    region: emulator.world.region,
    credentials: emulator.administrator,
  });
  const table = emulator.output('RegistryTable');
  const newKey = async (tenant: string, { expiresAt, revokedAt }: { expiresAt?: number; revokedAt?: number } = {}) => {
    const { secret, record } = await createKey({ client: dynamodb, table, tenant, name: 'test', expiresAt });
    if (revokedAt !== undefined) await revokeKey({ client: dynamodb, table, keyId: record.keyId, nowMs: revokedAt });
    return secret;
  };
  const key = await newKey('acme');
  return {
    emulator,
    url: emulator.url,
    key,
    openai: new OpenAI({ baseURL: `${emulator.url}/v1`, apiKey: key, maxRetries: 0 }),
    events,
    dynamodb,
    gateway: gatewayOf(emulator),
    createKey: newKey,
    limitTenant: async (tenant, limits) => {
      await dynamodb.send(new PutItemCommand({ TableName: table, Item: toTenantItem({ tenant, limits, updatedAt: 1 }) }));
    },
    request: (path, { method = 'POST', body, key: sent = key, headers = {} } = {}) =>
      fetch(`${emulator.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...(sent !== null && { authorization: `Bearer ${sent}` }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    audit: () => readAudit(dynamodb, emulator.output('AuditTable')),
    logs: () => events.flatMap((event) => (event.kind === 'log' ? [parseLine(event.line)] : [])),
    stop: async () => {
      dynamodb.destroy();
      await emulator.stop();
    },
  };
}

function gatewayOf({ world }: Emulator): LambdaFunction {
  const gateway = [...world.functions].find(([arn]) => arn.includes('GatewayFunction'))?.[1];
  if (gateway === undefined) throw new Error('There is no gateway function among what runs.');
  return gateway;
}

async function readAudit(client: DynamoDBClient, table: string): Promise<Record<string, Record<string, Record<string, unknown>>>> {
  const calls: Record<string, Record<string, Record<string, unknown>>> = {};
  for await (const page of paginateScan({ client }, { TableName: table })) {
    for (const { pk, sk, ...rest } of page.Items ?? []) {
      const id = pk?.S?.replace('CALL#', '') ?? '';
      (calls[id] ??= {})[sk?.S ?? ''] = rest;
    }
  }
  return calls;
}

function parseLine(line: string): RequestLine {
  try {
    return JSON.parse(line) as RequestLine;
  } catch {
    return { message: line };
  }
}

/** Waits until something holds, looking again after each event of the loop; fails after a bounded number of looks. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let look = 0; look < 500; look++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It never came to be that ${what}.`);
}
