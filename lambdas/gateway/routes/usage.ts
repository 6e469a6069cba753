import type { Context } from 'hono';
import { usageReport } from '../../core/usage-ledger/usage-report';
import type { GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';
import { jsonTo } from '../gateway-answer';

/**
 * `GET /v1/usage?from=2026-11-01&to=2026-11-21&group_by=service,model`: what the caller's team has used, or where it has none its tenant.
 */
export function usageRoute({ usage, clock }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => jsonTo(c, await usageReport(usage, c.get('caller'), c.req.query(), clock.nowMs()));
}
