import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { unmarshalItem } from '../core/attribute-values';
import { describeError, type Log } from '../core/log';
import type { MetricSink } from '../core/metrics';
import type { PlacedContribution } from '../core/usage-ledger/add-usage';
import { contributionOf } from '../core/usage-ledger/contribution';

/** A stream's records with their shard, which Lambda names where the mapping has a tumbling window. */
export interface ShardEvent extends Pick<DynamoDBStreamEvent, 'Records'> {
  readonly shardId?: string;
}

export interface RollUpPorts {
  /** Counts each record of a shard once. */
  add(shardId: string, contributions: readonly PlacedContribution[]): Promise<void>;
  readonly log: Log;
  readonly metrics: MetricSink;
}

/**
 * Adds what a batch of the audit table's stream says to the usage of its tenants. A batch that fails is given again; what was counted of it is not
 * counted twice. A record that cannot be read is passed over, said aloud and counted, so that it does not keep the others back: the daily
 * verification of the trail is what finds out why.
 *
 * @returns an empty state: the window is there for the shard's name.
 */
export function createRollUp({
  add,
  log,
  metrics,
}: RollUpPorts): (event: ShardEvent) => Promise<{ readonly state: Record<string, never> }> {
  function contributionIn(record: DynamoDBRecord): readonly PlacedContribution[] {
    const { NewImage, SequenceNumber: sequenceNumber = '', Keys } = record.dynamodb ?? {};
    // Nothing else may happen to the trail; where it does, the archive's alarm tells.
    if (record.eventName !== 'INSERT' || NewImage === undefined) return [];
    try {
      const contribution = contributionOf(unmarshalItem(NewImage as Record<string, AttributeValue>));
      return contribution === undefined ? [] : [{ ...contribution, sequenceNumber }];
    } catch (error) {
      log.error('an audit record was not counted', { keys: Keys, error: describeError(error) });
      metrics.record({ values: { UncountedRecords: 1 }, dimensions: {} });
      return [];
    }
  }

  return async ({ shardId, Records }) => {
    if (shardId === undefined) throw new Error('The event names no shard: the mapping needs a tumbling window.');
    await add(shardId, Records.flatMap(contributionIn));
    return { state: {} };
  };
}
