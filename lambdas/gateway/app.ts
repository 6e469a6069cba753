import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { asGatewayError, errorBody, GatewayError } from '../core/errors';
import { describeError } from '../core/log';
import { formatUsd } from '../core/money';
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
  const callerOf = (route: RouteName) => authenticate(ports, door, route);
  const models = modelsRoute(ports);
  routes.post('/chat/completions', callerOf('chat'), chatRoute(ports)).all(methodNotAllowed('POST'));
  routes.post('/embeddings', callerOf('embeddings'), embeddingsRoute(ports)).all(methodNotAllowed('POST'));
  routes.post('/prompts/:id/completions', refreshPrompt(ports), callerOf('prompts'), promptsRoute(ports)).all(methodNotAllowed('POST'));
  routes.get('/models', callerOf('models'), models.list).all(methodNotAllowed('GET, HEAD'));
  routes.get('/models/:id', callerOf('models'), models.get).all(methodNotAllowed('GET, HEAD'));
  routes.get('/calls/:id', callerOf('calls'), callsRoute(ports)).all(methodNotAllowed('GET, HEAD'));
  routes.post('/calls/:id/outcome', callerOf('calls'), outcomeRoute(ports)).all(methodNotAllowed('POST'));
  routes.get('/usage', callerOf('usage'), usageRoute(ports)).all(methodNotAllowed('GET, HEAD'));
  return routes;
}

function authenticate(ports: GatewayPorts, door: Door, route: RouteName): MiddlewareHandler<GatewayEnvironment> {
  return async (c, next) => {
    const caller =
      door === 'iam' ? await authenticateRole(c.env?.iam, ports) : await authenticateBearer(c.req.header('authorization'), ports);
    c.set('caller', caller);
    // `c.var` would copy all variables each time.
    const line = c.get('line');
    line.tenant = caller.tenant;
    line.team = caller.team;
    line.key_id = caller.keyId;
    checkRoute(caller, route);
    c.set('authenticatedMs', ports.clock.monotonicMs());
    await next();
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
