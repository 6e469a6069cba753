import { createHash, randomUUID } from 'node:crypto';
import { callAsRole, type CallerOptions } from '../call-as-role';
import type { RolePrincipal } from '../iam/types';
import type { Service } from '../service';
import { type DiscardedBatch, type FailureDestination, invocationRecord } from './discarded-batch';

/** A bucket as the destination of discarded records: one object for each batch, put with the function's role. */
export class S3Destination implements FailureDestination {
  constructor(
    private readonly bucket: string,
    private readonly s3: Service,
    private readonly principal: RolePrincipal,
    private readonly caller: CallerOptions,
  ) {}

  async deliver(batch: DiscardedBatch): Promise<void> {
    const body = Buffer.from(JSON.stringify(invocationRecord(batch, true)));
    const headers = {
      'content-type': 'application/json',
      // A bucket with object lock takes nothing without.
      'content-md5': createHash('md5').update(body).digest('base64'),
      'x-amz-expected-bucket-owner': this.principal.accountId,
    };
    await callAsRole(this.s3, this.principal, { method: 'PUT', path: `/${this.bucket}/${keyOf(batch)}`, headers, body }, this.caller);
  }
}

/** As AWS names it: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`. */
function keyOf({ mappingId, source, atMs }: DiscardedBatch): string {
  const [day = '', time = ''] = new Date(atMs).toISOString().slice(0, 19).split('T');
  return `aws/lambda/${mappingId}/${source.shardId}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
}
