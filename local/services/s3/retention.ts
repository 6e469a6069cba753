import { ServiceError } from '../../service';
import type { BucketDefinition, ObjectVersion, Retention, RetentionMode } from './bucket';
import { invalidArgument, objectLocked } from './errors';

const DAY_MS = 86_400_000;

/**
 * The retention of a new object: what the request says, or the bucket's default.
 *
 * @throws ServiceError for half a retention, one that is over, and any in a bucket without object lock
 */
export function newRetention(headers: Readonly<Record<string, string>>, bucket: BucketDefinition, nowMs: number): Retention | undefined {
  const { 'x-amz-object-lock-mode': mode, 'x-amz-object-lock-retain-until-date': until } = headers;
  if (mode !== undefined || until !== undefined) {
    requireObjectLock(bucket);
    if (mode === undefined || until === undefined) {
      throw invalidArgument('x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied');
    }
    return readRetention(mode, until, nowMs);
  }
  const { defaultRetention } = bucket;
  return defaultRetention && { mode: defaultRetention.mode, retainUntilMs: nowMs + defaultRetention.days * DAY_MS };
}

export function readRetention(mode: string, until: string, nowMs: number): Retention {
  if (!isMode(mode)) throw invalidArgument(`Unknown wormMode directive: ${mode}.`);
  const retainUntilMs = Date.parse(until);
  if (!Number.isFinite(retainUntilMs)) throw invalidArgument(`The retain until date "${until}" is no date.`);
  if (retainUntilMs <= nowMs) throw invalidArgument('The retain until date must be in the future!');
  return { mode, retainUntilMs };
}

/** Throws AccessDenied where the version is under retention. `bypass` is asked for and allowed: it opens what is governed, never what is to comply. */
export function checkMayRemove(version: ObjectVersion, nowMs: number, bypass: boolean): void {
  const { retention } = version;
  if (!retention || retention.retainUntilMs <= nowMs) return;
  if (retention.mode === 'GOVERNANCE' && bypass) return;
  throw objectLocked();
}

/** Throws AccessDenied where a retention would be shortened or weakened. */
export function checkMayReplace(current: Retention | undefined, next: Retention, nowMs: number, bypass: boolean): void {
  if (!current || current.retainUntilMs <= nowMs) return;
  const isStricter = next.retainUntilMs >= current.retainUntilMs && (current.mode === 'GOVERNANCE' || next.mode === 'COMPLIANCE');
  const mayWeaken = current.mode === 'GOVERNANCE' && bypass;
  const keepsMode = current.mode === next.mode || next.mode === 'COMPLIANCE';
  if ((isStricter && keepsMode) || mayWeaken) return;
  throw objectLocked();
}

export function requireObjectLock({ objectLock }: BucketDefinition): void {
  if (!objectLock) throw new ServiceError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

export function isMode(mode: unknown): mode is RetentionMode {
  return mode === 'GOVERNANCE' || mode === 'COMPLIANCE';
}
