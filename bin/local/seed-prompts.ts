import { existsSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Emulator } from '../../local/emulator';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import { promoteNew } from '../prompts/promote-new';
import { promptIdsIn, readPromptFolder } from '../prompts/prompt-folder';
import { pushPrompt } from '../prompts/version-store';

/**
 * Puts the prompts of folders into a registry, as `blueprint prompts push --promote-new` does for a deployed one: agents ask by theirs from the first
 * event on. What was promoted or rolled back here before stays as it is. A folder that does not exist has none; of two with the same prompt the first counts.
 *
 * @param say Told of each prompt that could not be put there, and why: that one is missing, everything else runs.
 */
export async function seedPrompts(
  { world, administrator }: Emulator,
  table: string,
  folders: readonly string[],
  say: (text: string) => void,
): Promise<void> {
  const client = new DynamoDBClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  const registry = { client, table };
  const placeOf = new Map<string, string>();
  for (const folder of folders.filter((folder) => existsSync(folder))) {
    for (const id of promptIdsIn(folder)) if (!placeOf.has(id)) placeOf.set(id, folder);
  }
  const seed = async ([id, folder]: [string, string]): Promise<void> => {
    try {
      const prompt = readPromptFolder(folder, id);
      await pushPrompt(registry, prompt, Date.now());
      await promoteNew(registry, prompt, Date.now());
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      say(`Prompt ${id} is not as in ${folder}: ${error.message}`);
    }
  };
  await Promise.all([...placeOf].map(seed));
  client.destroy();
}
