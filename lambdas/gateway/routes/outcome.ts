import type { Context } from 'hono';
import * as z from 'zod';
import { GatewayError } from '../../core/errors';
import type { GatewayPorts } from '../call';
import { describeProblem } from '../describe-problem';
import type { GatewayEnvironment } from '../environment';
import { jsonTo } from '../gateway-answer';
import { readBody } from '../read-body';
import { parseJson } from '../stages/prepare';
import { ownCall } from './own-call';

/** Beyond this it is a mistake in the unit, either way. */
const MOST_USD = 10_000_000;

const outcomeRequest = z.object({
  success: z.boolean(),
  value_usd: z.number().min(-MOST_USD).max(MOST_USD).optional(),
  label: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 _.:/@+-]{0,63}$/, { error: '1 to 64 letters, digits, spaces or "_.:/@+-"' })
    .optional(),
});

/** `POST /v1/calls/{id}/outcome`: what came of an answer, once. It is joined to the call's cost: see `GET /v1/usage`. */
export function outcomeRoute({ audit, clock, platform }: GatewayPorts): (c: Context<GatewayEnvironment>) => Promise<Response> {
  return async (c) => {
    const text = await readBody(c.req.raw, platform.limits.maxBodyBytes);
    const { success, value_usd, label } = parseOutcome(parseJson(text));
    const caller = c.get('caller');
    const { id, settlement, unknown } = await ownCall(c.req.param('id') ?? '', caller, audit);
    const end = settlement ?? unknown;
    if (end === undefined) {
      throw new GatewayError(
        'call_not_finished',
        `The call \`${id}\` is not settled yet. Report its outcome when its answer is complete.`,
        { retryAfterSeconds: 1 },
      );
    }
    const { tenant, keyId } = caller;
    const { model, attribution } = end;
    const outcome = { tenant, success, value_usd, label, reported_by: keyId, reported_at: clock.nowMs(), model, attribution };
    if (await audit.insertOutcome(id, outcome)) return jsonTo(c, { id, outcome: { success, value_usd, label } }, 201);
    throw new GatewayError('outcome_exists', `The outcome of the call \`${id}\` was reported before; an outcome is recorded once.`, {
      param: 'id',
    });
  };
}

function parseOutcome(body: unknown): z.infer<typeof outcomeRequest> {
  const result = outcomeRequest.safeParse(body);
  if (!result.success) {
    const { message, param } = describeProblem(result.error, body);
    throw new GatewayError('invalid_request', message, { param });
  }
  const unknown = Object.keys(body as object).find((field) => !Object.hasOwn(outcomeRequest.shape, field));
  if (unknown === undefined) return result.data;
  const message = `\`${unknown.slice(0, 64)}\` is not known here; an outcome has ${Object.keys(outcomeRequest.shape).join(', ')}.`;
  throw new GatewayError('unsupported_field', message, { param: unknown.slice(0, 64) });
}
