import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Emulator } from '../../local/emulator';
import { createKey } from '../../lambdas/core/administration/key-store';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import { registerRole } from '../../lambdas/core/administration/role-store';

/** The API key that every gateway on this machine knows. */
export const DEMO_KEY = 'sk-local-demo';

/** Beside the bundle of a function that calls models. */
const PLATFORM_FILE = 'platform.json';

/** A gateway among what the emulator runs. */
export interface RunningGateway {
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;
  /** Name of the table of keys and roles. */
  readonly registryTable: string;
  /** Of its function's code. */
  readonly folder: string;
}

/** The gateways, known by what makes one: a function that is told of a registry, of models and of an audit trail, with an API before it, whatever its stack calls either. */
export function gatewaysOf(emulator: Emulator): RunningGateway[] {
  return [...emulator.world.functions.values()].flatMap(({ arn, definition }) => {
    const { folder, variables } = definition;
    const { REGISTRY_TABLE: registryTable, AUDIT_TABLE: auditTable } = variables;
    const url = emulator.urlInFrontOf(arn);
    // Reviews are known to keys too, and have no audit trail.
    const isGateway = registryTable !== undefined && auditTable !== undefined && fs.existsSync(path.join(folder, PLATFORM_FILE));
    return isGateway && url !== undefined ? [{ url, registryTable, folder }] : [];
  });
}

/** Stores the demo key where a gateway looks for keys, unless it is there. */
export async function seedDemoKey({ world, administrator }: Emulator, table: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  await createKey({ client, table, tenant: 'demo', name: 'demo', secret: DEMO_KEY });
  client.destroy();
}

/**
 * Maps the roles of the agents that run here to the tenant `demo`, as `blueprint roles register` does for deployed ones. An agent is known by its
 * variables, whatever its stack calls it.
 */
export async function seedAgentRoles({ world, administrator }: Emulator, table: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  for (const { definition } of world.functions.values()) {
    const { GATEWAY_URL: gateway, RUNS_TABLE: runs, POWERTOOLS_SERVICE_NAME: name = '' } = definition.variables;
    if (gateway === undefined || runs === undefined) continue;
    const { roleArn } = definition.principal;
    try {
      await registerRole({ client, table, tenant: 'demo', roleArn, name: name.replace('/', '-'), nowMs: Date.now() });
    } catch (error) {
      // Somebody has mapped it to a tenant of their own.
      if (!(error instanceof RegistryError)) throw error;
    }
  }
  client.destroy();
}

/** The part of a function's `platform.json` that is read here. */
interface OfferedModels {
  readonly models: readonly { readonly id: string; readonly tier: string }[];
}

/** A model to show in an example call: the first small one that the gateway offers, from the document beside its bundle. */
export function exampleModelOf({ folder }: RunningGateway): string {
  const { models } = JSON.parse(fs.readFileSync(path.join(folder, PLATFORM_FILE), 'utf8')) as OfferedModels;
  const model = models.find(({ tier }) => tier === 'small') ?? models[0];
  if (!model) throw new Error(`${folder}/${PLATFORM_FILE} offers no model.`);
  return model.id;
}
