/** Largest event of a function, in bytes, less what stands around the records. */
export const MAX_BATCH_BYTES = 6 * 1024 * 1024 - 1024;

/**
 * What one step came to: `idle` nothing is there; `waiting` for the batching window or the next attempt, until a time; `moved` records are done or discarded,
 * or an attempt was used up; `stuck` an attempt failed of which there is no end.
 */
export type Step = { readonly kind: 'idle' | 'moved' | 'stuck' | 'denied' } | { readonly kind: 'waiting'; readonly untilMs: number };

/** What hands the records of a source to a function. */
export interface EventSourceMapping {
  readonly id: string;
  readonly functionName: string;
  /** Tells of something to do. @returns What ends it. */
  subscribe(listener: () => void): () => void;
  /** Begins nothing more. */
  stop(): void;
  /** Does the next thing there is to do. @param hurry not to wait for a batching window or between attempts */
  step(hurry: boolean): Promise<Step>;
}
