import type { DecisionRecord } from '../../core/audit-record';
import { asGatewayError, GatewayError } from '../../core/errors';
import type { Guard, GuardedPart } from '../../core/safety/guard';
import type { ChosenGuard } from '../../core/safety/guards';
import { refusalOf } from '../../core/safety/verdict';
import type { Call, GatewayPorts } from '../call';
import { AnswerGuard } from '../safety/answer-guard';
import { ManagedGuard } from '../safety/managed-guard';
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
  /** What the policy wants of the environment's guardrail. Undefined where that is nothing. */
  readonly managed?: ManagedGuard | undefined;
}

type Ports = Pick<GatewayPorts, 'guards' | 'applyGuardrail'>;

/**
 * Holds a request to the safety policy of its tenant, before anything else is done with it: what comes after, records among it, sees what the
 * model would. A guard that fails refuses the call. No I/O.
 */
export function guardInput<T extends Guardable>(call: Call, body: T, ports: Ports): GuardedRequest<T> {
  try {
    return guardedBy(ports, call, body);
  } catch (error) {
    return refusedBy(call, body, asGatewayError(error), []);
  }
}

/**
 * The same by the environment's guardrail, where the policy wants it: of what our own detectors have left. It does not say in which text it found
 * something: a call that it blocks is recorded without any.
 */
export async function guardInputByService<T extends Guardable>(call: Call, own: GuardedRequest<T>): Promise<GuardedRequest<T>> {
  const { managed } = own;
  if (managed === undefined) return own;
  try {
    const { header } = call.tags;
    const said = { body: own.body, ...(header && { tags: header }) };
    const verdict = await managed.input(textsOf(said));
    const records = [...own.records, ...managed.records('asked')];
    if (verdict.blocked) return refusedBy(call, own.body, managed.refusal('asked'), records);
    const safe = withTexts(said, verdict.texts);
    if (header !== undefined) call.tags = { header: safe.tags };
    return { ...own, body: safe.body, records };
  } catch (error) {
    return refusedBy(call, own.body, asGatewayError(error), own.records);
  }
}

function refusedBy<T extends Guardable>(call: Call, body: T, refusal: GatewayError, records: readonly DecisionRecord[]): GuardedRequest<T> {
  call.tags = { header: undefined };
  return { ...withTexts({ body }, textsOf({ body }).map(blank)), refusal, records, answer: undefined };
}

function guardedBy<T extends Guardable>({ guards, applyGuardrail }: Ports, call: Call, body: T): GuardedRequest<T> {
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
  const managed = managedBy(chosen, call, applyGuardrail);
  const isRead = guard.readsOutput(restore);
  const refusal = body.logprobs === true && (isRead || managed?.looksAt('output')) ? withoutLogprobs(policyId) : undefined;
  if (!isRead) return { body: safe.body, refusal, records, answer: undefined, managed };
  const { type = 'text' } = body.response_format ?? {};
  return { body: safe.body, refusal, records, answer: new AnswerGuard(chosen, restore, type === 'text' ? 'text' : 'json'), managed };
}

function managedBy({ policyId, managed }: ChosenGuard, { line }: Call, apply: Ports['applyGuardrail']): ManagedGuard | undefined {
  if (managed.length === 0) return undefined;
  if (apply === undefined) throw new Error(`The safety policy "${policyId}" wants a guardrail, and the gateway was given none.`);
  return new ManagedGuard(policyId, managed, apply, (units) => {
    line.guardrail_units = (line.guardrail_units ?? 0) + units;
  });
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
