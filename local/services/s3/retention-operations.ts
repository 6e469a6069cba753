import { ServiceError, type WireResponse } from '../../service';
import type { S3Call } from './call';
import { checkMayReplace, readRetention, requireObjectLock } from './retention';
import { requireVersion, type RunContext } from './write-object';
import { xmlAnswer } from './xml';

export async function putObjectRetention(call: S3Call, { store, bucket, nowMs }: RunContext): Promise<WireResponse> {
  requireObjectLock(bucket.definition);
  const version = requireVersion(bucket, call.key, call.query.get('versionId') ?? undefined);
  const text = call.request.body.toString('utf8');
  const [, mode] = /<Mode>([^<]*)<\/Mode>/.exec(text) ?? [];
  const [, until] = /<RetainUntilDate>([^<]*)<\/RetainUntilDate>/.exec(text) ?? [];
  if (mode === undefined || until === undefined) {
    throw new ServiceError('MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  }
  const retention = readRetention(mode, until, nowMs);
  checkMayReplace(version.retention, retention, nowMs, call.headers['x-amz-bypass-governance-retention'] === 'true');
  await store.put(bucket, { ...version, retention });
  return { status: 200, headers: {}, body: '' };
}

export function getObjectRetention(call: S3Call, { bucket }: RunContext): WireResponse {
  requireObjectLock(bucket.definition);
  const { retention } = requireVersion(bucket, call.key, call.query.get('versionId') ?? undefined);
  if (!retention) {
    const message = 'The specified object does not have a ObjectLock configuration';
    throw new ServiceError('NoSuchObjectLockConfiguration', message, 404);
  }
  return xmlAnswer('Retention', { Mode: retention.mode, RetainUntilDate: new Date(retention.retainUntilMs).toISOString() });
}
