import type { Context } from 'hono';
import type { Call, GatewayPorts } from '../call';
import type { GatewayEnvironment } from '../environment';
import { parseCacheControl } from '../cache/cache-control';
import { StageTimes } from '../stage-times';
import { parseTags } from '../tags';

/** The call that a request to a model's route is. @throws GatewayError `invalid_request` for tags or cache directives that are none. */
export function callOf(c: Context<GatewayEnvironment>, { clock }: Pick<GatewayPorts, 'clock'>): Call {
  const line = c.get('line');
  const startedMs = c.get('startedMs');
  return {
    id: line.trace_id,
    startedAtMs: c.get('startedAtMs'),
    startedMs,
    stages: new StageTimes(clock, startedMs, c.get('authenticatedMs')),
    caller: c.get('caller'),
    signal: c.req.raw.signal,
    ending: c.env?.ending,
    line,
    tags: parseTags(c.req.header('x-blueprint-tags')),
    cacheControl: parseCacheControl(c.req.header('x-blueprint-cache-control')),
    finishAfter: (work) => c.set('finished', work),
    afterAnswer: (work) => {
      // It must not cost the caller a part of its answer, whatever becomes of the process.
      const answered = Promise.all([c.get('finished'), c.env?.sent]);
      const remainingMs = c.env?.remainingMs ?? (() => Number.POSITIVE_INFINITY);
      c.executionCtx.waitUntil(answered.then(() => work(remainingMs)));
    },
  };
}
