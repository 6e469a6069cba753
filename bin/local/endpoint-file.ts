import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Emulator } from '../../local/emulator';
import type { LocalEndpoint } from '../commands/local-endpoint';
import { gatewaysOf } from './gateways';

/**
 * Leaves in a folder how `blueprint --local` finds what runs, with the first of its gateways. Whoever reads it may do everything in the emulator.
 *
 * @param environment Its name, for messages.
 * @returns the file
 */
export function writeEndpoint(folder: string, emulator: Emulator, environment: string): string {
  const { world, administrator } = emulator;
  const [gateway] = gatewaysOf(emulator);
  const endpoint: LocalEndpoint = {
    url: world.endpoint.url,
    region: world.region,
    environment,
    gatewayUrl: gateway?.url,
    registryTable: gateway?.registryTable,
    pid: process.pid,
    ...administrator,
  };
  const file = path.join(folder, 'endpoint.json');
  fs.writeFileSync(file, JSON.stringify(endpoint, null, 2), { mode: 0o600 });
  return file;
}
