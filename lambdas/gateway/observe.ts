import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { describeError } from '../core/log';
import { newCallId } from '../core/trace-id';
import type { GatewayEnvironment } from './environment';
import { type GatewayPorts, type RequestLine, roundMs } from './call';
import { createMeasure } from './measure';

/** Gives each request its trace id, and writes its one log line and its metrics when all is done: after the answer and what follows it. */
export function observe({ clock, log, metrics, platform }: GatewayPorts): MiddlewareHandler<GatewayEnvironment> {
  const measure = createMeasure(platform);

  function report(line: RequestLine): void {
    log.info('request', line);
    try {
      for (const measurements of measure(line)) metrics.record(measurements);
    } catch (error) {
      // Whoever asked has an answer; metrics that fail must not take it back.
      log.error('metrics not published', { trace_id: line.trace_id, error: describeError(error) });
    }
  }

  async function reportAfter(finished: Promise<void> | undefined, line: RequestLine, startedMs: number): Promise<void> {
    try {
      await finished;
    } catch (error) {
      log.error('work after the answer failed', { trace_id: line.trace_id, error: describeError(error) });
    }
    line.total_ms ??= roundMs(clock.monotonicMs() - startedMs);
    report(line);
  }

  return async (c, next) => {
    const startedAtMs = clock.nowMs();
    const startedMs = clock.monotonicMs();
    const line: RequestLine = { trace_id: newCallId(startedAtMs), method: c.req.method };
    c.set('startedAtMs', startedAtMs);
    c.set('startedMs', startedMs);
    c.set('line', line);

    await next();

    c.res.headers.set('x-blueprint-trace-id', line.trace_id);
    if (c.env?.iam !== undefined && line.tenant !== undefined) c.res.headers.set('x-blueprint-tenant', line.tenant);
    line.route = matchedRoutes(c).findLast((route) => route.path !== '/*')?.path ?? 'none';
    line.status = c.res.status;
    c.executionCtx.waitUntil(reportAfter(c.get('finished'), line, startedMs));
  };
}
