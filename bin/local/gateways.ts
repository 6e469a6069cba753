import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Emulator } from '../../local/emulator';
import { createKey } from '../key-store';

/** The API key that every gateway on this machine knows. */
export const DEMO_KEY = 'sk-local-demo';

/** A gateway among what the emulator runs. */
export interface RunningGateway {
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;
  /** Name of the table of keys and roles. */
  readonly registryTable: string;
}

/** The gateways, known by what makes one: a function that is told of a registry table, with an API before it, whatever its stack calls either. */
export function gatewaysOf(emulator: Emulator): RunningGateway[] {
  return [...emulator.world.functions.values()].flatMap(({ arn, definition }) => {
    const registryTable = definition.variables.REGISTRY_TABLE;
    const url = emulator.urlInFrontOf(arn);
    return registryTable !== undefined && url !== undefined ? [{ url, registryTable }] : [];
  });
}

/** Stores the demo key where a gateway looks for keys, unless it is there. */
export async function seedDemoKey({ world, administrator }: Emulator, table: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  await createKey({ client, table, tenant: 'demo', name: 'demo', secret: DEMO_KEY });
  client.destroy();
}

/**
 * A model to show in an example call: the first that the gateway lists.
 * @throws Error when it lists none
 */
export async function firstModelOf({ url }: RunningGateway): Promise<string> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${DEMO_KEY}` } });
  const { data } = (await response.json()) as { data?: { id: string }[] };
  const model = data?.[0]?.id;
  if (!model) throw new Error(`The gateway lists no models (status ${response.status}).`);
  return model;
}
