import { randomUUID } from 'node:crypto';
import type { RecordSource, SourceRecord } from './record-source';

/** Why Lambda gave records up. */
export type DiscardCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface DiscardedBatch {
  readonly mappingId: string;
  readonly functionArn: string;
  readonly source: RecordSource;
  readonly records: readonly SourceRecord[];
  readonly condition: DiscardCondition;
  /** How often the function was called with the first of the records. */
  readonly invokeCount: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** Where records go that a function could not take. */
export interface FailureDestination {
  /** Rejects when it cannot be delivered; the batch is then lost, as in AWS. */
  deliver(batch: DiscardedBatch): Promise<void>;
}

/**
 * The document that Lambda sends to a destination; only S3 gets the whole event, as text.
 * Source: Lambda's developer guide, "Retaining discarded batch records for a DynamoDB event source".
 */
export function invocationRecord(batch: DiscardedBatch, withPayload: boolean): Readonly<Record<string, unknown>> {
  const { functionArn, source, records, condition, invokeCount, atMs } = batch;
  const [first, last] = [records[0], records.at(-1)];
  return {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: invokeCount },
    // Nothing was answered when the function was never called.
    ...(invokeCount > 0 && { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' } }),
    version: '1.0',
    timestamp: new Date(atMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: source.shardId,
      startSequenceNumber: first?.position,
      endSequenceNumber: last?.position,
      approximateArrivalOfFirstRecord: first && secondsOf(first),
      approximateArrivalOfLastRecord: last && secondsOf(last),
      batchSize: records.length,
      streamArn: source.arn,
    },
    ...(withPayload && { payload: JSON.stringify(eventOf(records)) }),
  };
}

/** What a function is called with. */
export function eventOf(records: readonly SourceRecord[]): { readonly Records: readonly unknown[] } {
  return { Records: records.map(({ event }) => event) };
}

function secondsOf({ arrivedAtMs }: SourceRecord): string {
  return `${new Date(arrivedAtMs).toISOString().slice(0, 19)}Z`;
}
