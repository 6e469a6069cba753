import { type Context, type Handler, Hono } from 'hono';
import { asGatewayError, errorBody, GatewayError } from '../core/errors';
import { describeError } from '../core/log';
import { formatUsd } from '../core/money';
import { whenKnown } from '../core/when-known';
import type { Door, GatewayPorts } from './call';
import type { GatewayApp, GatewayEnvironment } from './environment';
import { answerTo, jsonTo } from './gateway-answer';
import { observe } from './observe';
import { callsRoute } from './routes/calls';
import { chatRoute } from './routes/chat';
import { embeddingsRoute } from './routes/embeddings';
import { modelsRoute } from './routes/models';
import { outcomeRoute } from './routes/outcome';
import { usageRoute } from './routes/usage';
import { promptsRoute, refreshPrompt } from './routes/prompts';
import type { RouteName } from '../core/scopes';
import { authenticateBearer, authenticateRole } from './stages/authenticate';
import { checkRoute } from './stages/authorize';

/**
 * The gateway: `Request → Response`, whatever serves it. Its server passes bindings and an execution context, whose `waitUntil` takes
 * the work that goes on after the answer.
 */
export function createApp(ports: GatewayPorts): GatewayApp {
  const app: GatewayApp = new Hono();
  app.use(observe(ports));
  app.onError((error, c) => errorResponse(asGatewayError(error), c, ports));
  app.notFound((c) => errorResponse(new GatewayError('route_not_found', `There is no route ${c.req.method} ${c.req.path}.`), c, ports));
  app.get('/healthz', (c) => jsonTo(c, { status: 'ok' }));
  app.all('/healthz', methodNotAllowed('GET, HEAD'));
  app.route('/v1', createRoutes(ports, 'v1'));
  app.route('/iam/v1', createRoutes(ports, 'iam'));
  return app;
}

function createRoutes(ports: GatewayPorts, door: Door): GatewayApp {
  const routes: GatewayApp = new Hono();
  const open = (route: RouteName, handle: Handler<GatewayEnvironment>) => authenticated({ ports, door, route }, handle);
  const models = modelsRoute(ports);
  routes.post('/chat/completions', open('chat', chatRoute(ports))).all(methodNotAllowed('POST'));
  routes.post('/embeddings', open('embeddings', embeddingsRoute(ports))).all(methodNotAllowed('POST'));
  routes.post('/prompts/:id/completions', refreshPrompt(ports), open('prompts', promptsRoute(ports))).all(methodNotAllowed('POST'));
  routes.get('/models', open('models', models.list)).all(methodNotAllowed('GET, HEAD'));
  routes.get('/models/:id', open('models', models.get)).all(methodNotAllowed('GET, HEAD'));
  routes.get('/calls/:id', open('calls', callsRoute(ports))).all(methodNotAllowed('GET, HEAD'));
  routes.post('/calls/:id/outcome', open('calls', outcomeRoute(ports))).all(methodNotAllowed('POST'));
  routes.get('/usage', open('usage', usageRoute(ports))).all(methodNotAllowed('GET, HEAD'));
  return routes;
}

/** The handler, for callers who may use the route. */
function authenticated(
  { ports, door, route }: { readonly ports: GatewayPorts; readonly door: Door; readonly route: RouteName },
  handle: Handler<GatewayEnvironment>,
): Handler<GatewayEnvironment> {
  return (c, next) => {
    const caller = door === 'iam' ? authenticateRole(c.env?.iam, ports) : authenticateBearer(c.req.header('authorization'), ports);
    return whenKnown(caller, (known) => {
      c.set('caller', known);
      // `c.var` would copy all variables each time.
      const line = c.get('line');
      line.tenant = known.tenant;
      line.team = known.team;
      line.key_id = known.keyId;
      checkRoute(known, route);
      c.set('authenticatedMs', ports.clock.monotonicMs());
      return handle(c, next);
    });
  };
}

/** Answers any other method on the path before it. */
function methodNotAllowed(allow: string): (c: Context<GatewayEnvironment>) => never {
  return (c) => {
    c.set('errorHeaders', { allow });
    throw new GatewayError('method_not_allowed', `${c.req.method} is not allowed on ${c.req.path}: use ${allow}.`);
  };
}

function errorResponse(error: GatewayError, c: Context<GatewayEnvironment>, { log }: GatewayPorts): Response {
  const line = c.get('line');
  line.error_code = error.code;
  if (error.status >= 500) log.error('request failed', { trace_id: line.trace_id, error_code: error.code, error: describeError(error) });
  const headers: Record<string, string> = { ...c.get('errorHeaders'), 'content-type': 'application/json' };
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (line.cost_micro_usd !== undefined && line.attempts !== undefined) {
    headers['x-blueprint-cost-usd'] = formatUsd(line.cost_micro_usd);
    headers['x-blueprint-attempts'] = String(line.attempts);
  }
  return answerTo(c, { status: error.status, headers, body: JSON.stringify(errorBody(error, line.trace_id)) });
}
