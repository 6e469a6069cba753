import type { RegistryTable } from '../../lambdas/core/administration/registry-items';
import { DEFAULT_LABEL } from '../../lambdas/core/prompts/label';
import { findLabel, promote } from './label-store';
import type { PromptFolder } from './prompt-folder';

/**
 * Gives a prompt that nobody has released yet its first release: label `production` at the folder's newest version. A label that is there stays where
 * it is, whatever version that is.
 *
 * @returns the version that was released; undefined where there was a label.
 * @throws RegistryError when somebody else releases it at this moment.
 */
export async function promoteNew(registry: RegistryTable, { id, versions }: PromptFolder, nowMs: number): Promise<number | undefined> {
  const target = { ...registry, id, label: DEFAULT_LABEL, nowMs };
  const newest = versions.at(-1)?.version;
  if (newest === undefined || (await findLabel(target)) !== undefined) return undefined;
  return (await promote(target, newest)).version;
}
