import { type Context, Hono } from 'hono';
import { errorBody, GatewayError } from '../core/errors';
import { describeError, type Log } from '../core/log';
import { type CallId, newCallId } from '../core/trace-id';
import type { Act } from './act';
import { keyActs } from './acts/keys';
import { roleActs } from './acts/roles';
import { tenantActs } from './acts/tenants';
import { authorize } from './authorize';
import { carryOut } from './carry-out';
import type { AdminPorts } from './ports';
import { reads } from './reads';
import { toGatewayError } from './to-gateway-error';

export interface AdminEnvironment {
  readonly Bindings: {
    /** What API Gateway verified; undefined where it did not. */
    readonly userArn?: string;
  };
  readonly Variables: { id: CallId; by: string; act?: string };
}

export type AdminApp = Hono<AdminEnvironment>;

/** Bodies are small: a scope has at most 50 names. */
const MAX_BODY_CHARACTERS = 65_536;

export const acts: readonly Act[] = [...keyActs, ...tenantActs, ...roleActs];

/** Administration of the registry: `Request → Response`. What changes something is an act, and is in the audit trail before it is done. */
export function createAdminApp(ports: AdminPorts): AdminApp {
  const app: AdminApp = new Hono();
  app.use(async (c, next) => {
    c.set('id', newCallId(ports.clock.nowMs()));
    await next();
    c.res.headers.set('x-blueprint-trace-id', c.get('id'));
    const { method, path } = c.req;
    ports.log.info('request', { trace_id: c.get('id'), method, path, status: c.res.status, by: c.get('by'), act: c.get('act') });
  });
  app.onError((error, c) => answerError(error, c, ports.log));
  app.notFound((c) => answerError(new GatewayError('route_not_found', `There is no route ${c.req.method} ${c.req.path}.`), c, ports.log));
  const routes: AdminApp = new Hono();
  routes.use(async (c, next) => {
    c.set('by', await authorize(c.env.userArn, ports.registry));
    await next();
  });
  for (const [path, read] of Object.entries(reads)) {
    routes.get(path, async (c) => c.json(await read(ports, { ...c.req.query(), ...c.req.param() })));
  }
  for (const act of acts) {
    routes.on(act.method, act.path, async (c) => {
      c.set('act', act.name);
      const prepared = act.prepare({ ...(await bodyOf(c)), ...c.req.param() });
      const { answer, status = 200 } = await carryOut({ act: act.name, id: c.get('id'), by: c.get('by'), prepared }, ports);
      return c.json(answer, status);
    });
  }
  app.route('/iam/v1/admin', routes);
  return app;
}

async function bodyOf(c: Context<AdminEnvironment>): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  if (text.length > MAX_BODY_CHARACTERS)
    throw new GatewayError(
      'request_too_large',
      `The body may have at most ${MAX_BODY_CHARACTERS} characters; received ${text.length}. Send less.`,
    );
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new GatewayError('invalid_json', `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new GatewayError('invalid_request', `The body must be a JSON object; received ${Array.isArray(body) ? 'an array' : typeof body}.`);
}

function answerError(thrown: unknown, c: Context<AdminEnvironment>, log: Log): Response {
  const error = toGatewayError(thrown);
  const id = c.get('id');
  if (error.status >= 500) log.error('request failed', { trace_id: id, error_code: error.code, error: describeError(error) });
  if (error.retryAfterSeconds !== undefined) c.header('retry-after', String(error.retryAfterSeconds));
  // 499 is no status that Hono's types know.
  return c.json(errorBody(error, id), error.status as 500);
}
