import * as fs from 'node:fs';
import * as path from 'node:path';
import type { EventContract } from '../lambdas/core/events';

/**
 * Writes each contract as `<name>.v<version>.json`: what producers in other languages hold their events to. Nothing else stays in the folder.
 *
 * @returns the files' names
 * @throws Error when two contracts have the same name and version
 */
export function writeEventSchemas(contracts: readonly EventContract[], folder: string): readonly string[] {
  const files = new Map(contracts.map((contract) => [`${contract.name}.v${contract.version}.json`, contract.jsonSchema]));
  if (files.size < contracts.length)
    throw new Error('Two event contracts have the same name and version; give the later one the next version.');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, schema] of files) fs.writeFileSync(path.join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
  return [...files.keys()];
}
