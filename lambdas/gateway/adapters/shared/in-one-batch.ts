import type { ModelEvent, ModelEvents } from '../adapter';

/** All events of an iteration as one batch, or none. What came before an error is handed on before it is thrown. */
export function* inOneBatch(events: Iterable<ModelEvent>): Generator<ModelEvents, void> {
  const batch: ModelEvent[] = [];
  try {
    for (const event of events) batch.push(event);
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
