import type { ResourceContext } from '../world';

/** Has every property that the emulator does not act on named at the start. */
export function noteUnevaluated(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  known: readonly string[],
  { world, stack, logicalId }: ResourceContext,
): void {
  for (const name of Object.keys(properties)) {
    if (!known.includes(name)) world.notEvaluated.add(`${name} of ${stack.name}/${logicalId} (${type})`);
  }
}
