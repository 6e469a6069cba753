import type { DecisionRecord } from '../../core/audit-record';
import { asGatewayError, GatewayError } from '../../core/errors';
import type { Guard, GuardedPart } from '../../core/safety/guard';
import type { Guards } from '../../core/safety/guards';
import { refusalOf } from '../../core/safety/verdict';
import type { Call, GatewayPorts } from '../call';
import { AnswerGuard } from '../safety/answer-guard';
import { textsOf, withTexts } from '../safety/request-texts';
import { verdictRecords } from '../safety/verdict-records';

/** As much of a request as the guard has to know; embeddings have none of it. */
interface Guardable {
  readonly model: string;
  readonly logprobs?: boolean;
  readonly response_format?: { readonly type: string };
}

/** What may go on of a request. */
export interface GuardedRequest<T> {
  /** With placeholders for what is redacted, and without what is blocked. */
  readonly body: T;
  readonly refusal: GatewayError | undefined;
  /** For the decision trail. */
  readonly records: readonly DecisionRecord[];
  /** Undefined where the answer comes out as it is. */
  readonly answer: AnswerGuard | undefined;
}

/**
 * Holds a request to the safety policy of its tenant, before anything else is done with it: what comes after, records among it, sees what the
 * model would. A guard that fails refuses the call. No I/O.
 */
export function guardInput<T extends Guardable>(call: Call, body: T, ports: Pick<GatewayPorts, 'guards'>): GuardedRequest<T> {
  try {
    return guardedBy(ports.guards, call, body);
  } catch (error) {
    call.tags = { header: undefined };
    const parts = textsOf({ body });
    return { ...withTexts({ body }, parts.map(blank)), refusal: asGatewayError(error), records: [], answer: undefined };
  }
}

function guardedBy<T extends Guardable>(guards: Guards, call: Call, body: T): GuardedRequest<T> {
  const chosen = guards.forTenant(call.caller.tenant, call.prompt?.content.safety);
  if (chosen === undefined) return { body, refusal: undefined, records: [], answer: undefined };
  const { guard, policyId } = chosen;
  const said = { body, tags: call.tags.header ?? {} };
  const parts = textsOf(said);
  const guarded = guard.input(parts);
  const records = verdictRecords(policyId, guarded.verdict);
  const safe = withTexts(said, guarded.blocked ? parts.map((part) => withoutBlocked(part, guard)) : guarded.texts);
  if (call.tags.header !== undefined) call.tags = { header: safe.tags };
  if (guarded.blocked) {
    const refusal = new GatewayError('content_blocked', refusalOf(policyId, guarded.verdict));
    return { body: safe.body, refusal, records, answer: undefined };
  }
  const { restore } = guarded;
  call.restore = restore;
  if (!guard.readsOutput(restore)) return { body: safe.body, refusal: undefined, records, answer: undefined };
  const refusal = body.logprobs === true ? withoutLogprobs(policyId) : undefined;
  const { type = 'text' } = body.response_format ?? {};
  return { body: safe.body, refusal, records, answer: new AnswerGuard(chosen, restore, type === 'text' ? 'text' : 'json') };
}

/** What a record may hold of a request that is refused: the parts that were not the reason. */
function withoutBlocked(part: GuardedPart, guard: Guard): string {
  const guarded = guard.input([part]);
  if (!guarded.blocked) return guarded.texts[0] ?? '';
  return blank(part);
}

function blank({ format }: GuardedPart): string {
  return format === 'json' ? '{}' : '';
}

function withoutLogprobs(policyId: string): GatewayError {
  const message =
    `\`logprobs\` would show the answer's tokens as the model wrote them, and the safety policy "${policyId}" looks at answers before they are shown. ` +
    'Leave it out.';
  return new GatewayError('unsupported_field', message, { param: 'logprobs' });
}
