import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { type ReviewCase, ReviewError } from '../core/agents/review-case';
import type { ReviewStore } from '../core/agents/review-store';
import { GatewayError } from '../core/errors';
import { describeError, type Log } from '../core/log';
import { ApiError, codeOfProblem, reviewErrors } from './problem';
import { checkAmendment } from './check-amendment';
import { type Reviewer, reviewerOfSession, sees } from './reviewer';

export interface ReviewPorts {
  readonly store: ReviewStore;
  /** How long a claimed case is its reviewer's. */
  readonly claimMs: number;
  readonly log: Log;
  /** Who has an API key or a token that may review. @throws GatewayError */
  authenticate(authorization: string | undefined): Promise<Reviewer>;
  /** Puts a resolved case on the bus. What cannot be told now is told by the sweeper. */
  tell(item: ReviewCase): Promise<void>;
}

/** What API Gateway has verified of the caller. */
export interface ReviewBindings {
  readonly iam?: { readonly userArn: string };
  readonly requestId: string;
}

interface ReviewEnvironment {
  readonly Bindings: ReviewBindings;
  readonly Variables: { reviewer: Reviewer };
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const AGENT = /^[a-z][a-z0-9-]{0,30}$/;

const resolutionBody = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('approve'), note: z.string().max(2_000).optional() }),
  z.strictObject({ verdict: z.literal('amend'), output: z.record(z.string(), z.unknown()), note: z.string().max(2_000).optional() }),
  z.strictObject({ verdict: z.literal('reject'), note: z.string().max(2_000).optional() }),
]);

/** The API of reviews: `Request → Response`. Under `/iam/v1` for AWS identities, and under `/v1` for API keys and tokens, which see their own tenant's. */
export function createReviewApp(ports: ReviewPorts): Hono<ReviewEnvironment> {
  const { store, claimMs, log } = ports;
  const app = new Hono<ReviewEnvironment>();
  const routes = new Hono<ReviewEnvironment>();

  /** Another tenant's is answered as one that does not exist. */
  async function caseOf(c: Context<ReviewEnvironment, '/:id'>): Promise<ReviewCase> {
    const id = c.req.param('id');
    const found = await store.get(id);
    if (found === undefined || !sees(c.var.reviewer, found))
      throw new ApiError('review_not_found', `There is no review of decision ${id}.`);
    return found;
  }

  routes.get('/', async (c) => {
    const agent = c.req.query('agent');
    if (agent !== undefined && !AGENT.test(agent)) throw new ApiError('invalid_request', `"${agent}" is no name of an agent.`);
    const { reviewer } = c.var;
    const isAskedFor = (item: ReviewCase): boolean => sees(reviewer, item) && (agent === undefined || item.agent === agent);
    return c.json({ data: (await store.listOpen(isAskedFor, limitOf(c.req.query('limit')))).map(summaryOf) });
  });
  routes.get('/:id', async (c) => c.json(detailOf(await caseOf(c))));
  routes.post('/:id/claim', async (c) => {
    const { decisionId } = await caseOf(c);
    return c.json(detailOf(await store.claim(decisionId, c.var.reviewer.name, claimMs)));
  });
  routes.post('/:id/release', async (c) => {
    const { decisionId } = await caseOf(c);
    return c.json(detailOf(await store.release(decisionId, c.var.reviewer.name)));
  });
  routes.post('/:id/resolution', async (c) => {
    const reviewer = c.var.reviewer.name;
    const found = await caseOf(c);
    const { decisionId } = found;
    const body = resolutionBody.safeParse(await jsonOf(c));
    if (!body.success) throw new ApiError('invalid_request', `The resolution is not valid: ${z.prettifyError(body.error)}`);
    if (body.data.verdict === 'amend') checkAmendment(found, body.data.output);
    const resolved = await store.resolve({ decisionId, reviewer, ...body.data });
    log.info('review resolved', { decision_id: decisionId, agent: resolved.agent, verdict: resolved.verdict, reviewer });
    await tellOrLeave(resolved);
    return c.json(detailOf(resolved));
  });

  async function tellOrLeave(resolved: ReviewCase): Promise<void> {
    try {
      await ports.tell(resolved);
    } catch (error) {
      log.error('resolution not told: the sweeper will', { decision_id: resolved.decisionId, error: describeError(error) });
    }
  }

  app.use(async (c, next) => {
    await next();
    c.res.headers.set('x-blueprint-trace-id', c.env.requestId);
  });
  app.use('/iam/v1/reviews/*', async (c, next) => {
    c.set('reviewer', reviewerOfSession(c.env.iam?.userArn));
    await next();
  });
  app.use('/v1/reviews/*', async (c, next) => {
    c.set('reviewer', await ports.authenticate(c.req.header('authorization')));
    await next();
  });
  for (const door of ['/iam/v1', '/v1']) app.route(`${door}/reviews`, routes);
  app.notFound((c) => failure(c, new ApiError('route_not_found', `There is no route ${c.req.method} ${c.req.path}.`)));
  app.onError((error, c) => {
    const known = error instanceof ReviewError ? new ApiError(codeOfProblem[error.problem], error.message) : error;
    if (known instanceof ApiError) return failure(c, known);
    if (known instanceof GatewayError && known.status < 500) return refusal(c, known);
    log.error('request failed', { error: describeError(error) });
    if (known instanceof GatewayError) return refusal(c, known);
    return failure(c, new ApiError('internal_error', 'The reviews failed. The trace id leads its operators to the reason.'));
  });
  return app;
}

async function jsonOf({ req }: Context<ReviewEnvironment>): Promise<unknown> {
  const text = await req.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    const received = text === '' ? 'nothing' : `${text.slice(0, 60)}${text.length > 60 ? '…' : ''}`;
    throw new ApiError('invalid_json', `The body must be JSON, as {"verdict": "approve"}; it is ${received}.`, { cause });
  }
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ApiError('invalid_request', `limit is "${text}"; it must be a whole number from 1 to ${MAX_LIMIT}.`);
}

function failure(c: Context<ReviewEnvironment>, { code, message }: ApiError): Response {
  const status = reviewErrors[code];
  const type = status >= 500 ? 'server_error' : status === 403 ? 'permission_error' : 'invalid_request_error';
  return c.json({ error: { type, code, message, param: null, trace_id: c.env.requestId } }, status);
}

/** What keys and tokens are told by the gateway, too. */
function refusal(c: Context<ReviewEnvironment>, { code, type, message, status }: GatewayError): Response {
  const error = { type, code, message, param: null, trace_id: c.env.requestId };
  return Response.json({ error }, { status, headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {} });
}

function summaryOf({ decisionId, agent, confidence, state, openedAtMs, expiresAtMs, claimedBy, claimedUntilMs }: ReviewCase) {
  return {
    id: decisionId,
    agent,
    confidence,
    state,
    opened_at: iso(openedAtMs),
    expires_at: iso(expiresAtMs),
    claimed_by: claimedBy ?? null,
    claimed_until: claimedUntilMs === undefined ? null : iso(claimedUntilMs),
  };
}

function detailOf(item: ReviewCase) {
  const { eventId, callId, input, prediction, effects, verdict, resolvedBy, resolvedAtMs, output, note } = item;
  return {
    ...summaryOf(item),
    event_id: eventId,
    /** `GET /v1/calls/{id}` tells why the model answered so. */
    call_id: callId,
    input,
    prediction,
    effects,
    verdict: verdict ?? null,
    resolved_by: resolvedBy ?? null,
    resolved_at: resolvedAtMs === undefined ? null : iso(resolvedAtMs),
    output: output ?? null,
    note: note ?? null,
  };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
