/** A record in the order of its source. */
export interface SourceRecord {
  /** Where the source goes on after it; also its identifier in a partial batch response. */
  readonly position: string;
  /** Epoch milliseconds. */
  readonly arrivedAtMs: number;
  /** As it stands in the function's event. */
  readonly event: unknown;
}

/** What keeps records in order for readers that remember how far they have come. */
export interface RecordSource {
  readonly arn: string;
  readonly shardId: string;
  /** How long records are kept: what is older is given up, however often it may be tried. */
  readonly retentionMs: number;
  /** Position of the newest record, and where a reader starts that wants only what comes. */
  readonly latest: string;
  /** The records after a position, oldest first; from the oldest that is kept without one. */
  read(after: string | undefined, limit: number): readonly SourceRecord[];
  /** Tells of new records. @returns What ends it. */
  subscribe(listener: () => void): () => void;
}
