import type { PlatformDocument } from '../core/platform';

/** Whether the audit trail has what calls consist of, beside its hash. */
export function keepsContent({ auditContent = 'hash-only' }: PlatformDocument): boolean {
  return auditContent !== 'hash-only';
}
