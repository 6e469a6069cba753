import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { unmarshalItem } from '../core/attribute-values';
import { changeKey, dayOf, recordsKey } from '../core/audit-archive/archive-keys';
import type { ArchiveStore } from '../core/audit-archive/archive-store';
import { canonicalJson } from '../core/canonical-json';
import { describeError, type Log } from '../core/log';
import type { MetricSink } from '../core/metrics';

export interface CopyPorts {
  readonly archive: ArchiveStore;
  readonly log: Log;
  readonly metrics: MetricSink;
  nowMs(): number;
}

/**
 * Copies a batch of the audit table's stream into the archive: what was added, as one object, and each change or deletion, which nothing in the
 * platform may make, as one of its own. Expiry is neither. A batch that fails is given again from its first record that was not copied; one that
 * is given twice writes the same objects, which are there already.
 */
export function createCopyRecords(ports: CopyPorts): (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse> {
  const { archive, log, metrics, nowMs } = ports;

  async function keepChange(record: DynamoDBRecord): Promise<void> {
    const sequence = sequenceOf(record);
    const { Keys = {}, OldImage, NewImage } = record.dynamodb ?? {};
    const change = {
      event: record.eventName,
      by: record.userIdentity ?? null,
      keys: plain(Keys),
      before: OldImage === undefined ? null : plain(OldImage),
      after: NewImage === undefined ? null : plain(NewImage),
    };
    await archive.putNew(changeKey(dayOf(nowMs()), sequence), `${canonicalJson(change)}\n`, 'application/json');
    log.error('an audit record was changed', { event: record.eventName, ...plain(Keys) });
    metrics.record({ values: { AuditChanges: 1 }, dimensions: {} });
  }

  async function copyAdded(records: readonly DynamoDBRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const lines = records.map(({ dynamodb }) => `${canonicalJson(plain(dynamodb?.NewImage ?? {}))}\n`);
    await archive.putNew(recordsKey(dayOf(nowMs()), sequenceOf(first)), lines.join(''), 'application/x-ndjson');
  }

  return async ({ Records }) => {
    const added = Records.filter(({ eventName }) => eventName === 'INSERT');
    const changed = Records.filter((record) => record.eventName !== 'INSERT' && !isExpiry(record));
    let failing: DynamoDBRecord | undefined = Records[0];
    try {
      await copyAdded(added);
      for (const record of changed) {
        failing = record;
        await keepChange(record);
      }
      return { batchItemFailures: [] };
    } catch (error) {
      log.error('audit records not copied', { records: Records.length, error: describeError(error) });
      return { batchItemFailures: failing === undefined ? [] : [{ itemIdentifier: sequenceOf(failing) }] };
    }
  };
}

/** DynamoDB deletes what has expired in its own name. Source: "DynamoDB Streams and Time to Live", Amazon DynamoDB developer guide. */
function isExpiry({ eventName, userIdentity }: DynamoDBRecord): boolean {
  const by = userIdentity as { readonly type?: string; readonly principalId?: string } | undefined;
  return eventName === 'REMOVE' && by?.type === 'Service' && by.principalId === 'dynamodb.amazonaws.com';
}

function sequenceOf({ dynamodb, eventID }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? eventID ?? '';
}

function plain(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] & object): Record<string, unknown> {
  // The same values under another name.
  return unmarshalItem(image as Record<string, AttributeValue>);
}
