import type { ModelEvent, ModelEvents } from '../../../../lambdas/gateway/adapters/adapter';

/** The events of an adapter's stream, one by one. */
export async function* each(batches: AsyncIterable<ModelEvents>): AsyncGenerator<ModelEvent, void> {
  for await (const batch of batches) yield* batch;
}

export async function collect(batches: AsyncIterable<ModelEvents>): Promise<ModelEvent[]> {
  const collected: ModelEvent[] = [];
  for await (const event of each(batches)) collected.push(event);
  return collected;
}
