import type { ModelEvent, ModelEvents } from '../adapter';

/** All events that are taken down as one batch, or none. What was before an error is handed on before it is thrown. */
export function* inOneBatch(takeDown: (events: ModelEvent[]) => void): Generator<ModelEvents, void> {
  const batch: ModelEvent[] = [];
  try {
    takeDown(batch);
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}
