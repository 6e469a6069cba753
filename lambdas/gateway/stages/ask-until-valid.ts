import { asGatewayError, GatewayError } from '../../core/errors';
import type { ModelEvent, ModelEvents } from '../adapters/adapter';
import { type Candidate, withBody } from '../routing/candidate';
import type { AnswerGuard } from '../safety/answer-guard';
import { managedWhole } from '../safety/managed-answer';
import type { ManagedGuard } from '../safety/managed-guard';
import { isForAnotherModel } from '../routing/failures';
import type { Violation } from '../validation/json-schema-check';
import type { OutputCheck } from '../validation/output-check';
import { repairTurn } from '../validation/repair-turn';
import { type Asking, askInTurn, isAffordable, logPassedOver } from './ask-in-turn';
import { AT_WORK } from './attempt';
import { escalationOf, type Route } from './route';

/** What the call's safety policy has answers looked at by. */
interface AnswerGuards {
  readonly answer: AnswerGuard | undefined;
  readonly managed: ManagedGuard | undefined;
}

/**
 * Asks for an answer that holds to its schema: of the route's models; if what they answer does not hold, once more of the model that
 * answered, told what is wrong; then of a larger one. As often as the policy says. Nothing is shown of an answer that does not hold.
 *
 * @throws GatewayError `content_blocked`; `output_validation_failed` with the last answer's violations; or what a model fails by.
 */
export async function* askUntilValid(
  route: Route,
  check: OutputCheck,
  { answer: guard, managed }: AnswerGuards,
  asking: Asking,
): AsyncGenerator<ModelEvents, void> {
  const { tally } = asking;
  const { stages } = asking.call;
  const { validation } = asking.ports.platform.routing;
  let candidates: readonly Candidate[] = route.candidates;
  let repairs = 0;
  let escalations = 0;
  let isAnnounced = false;
  let refusal: GatewayError | undefined;
  for (;;) {
    let answer: ModelEvent[] = [];
    try {
      for await (const events of askInTurn({ candidates, isHeldBack: true }, asking)) {
        if (!isAnnounced) yield AT_WORK;
        isAnnounced = true;
        answer.push(...events);
      }
    } catch (cause) {
      const error = asGatewayError(cause);
      if (refusal === undefined || asking.signal.aborted || !isForAnotherModel(error.code)) throw cause;
      // Asked again, the model failed altogether; a larger one may still answer.
      logPassedOver(error, asking);
      refusal = error;
    }
    const answered = tally.lastCandidate ?? route.candidates[0];
    if (managed !== undefined) answer = [...(await managedWhole(managed, answer))];
    const text = textOf(answer);
    if (answer.length > 0) {
      // As it will be shown: that is what has to hold.
      const shown = guard === undefined ? answer : stages.during('guard_output', () => guard.whole(answer));
      const violations = stages.during('validate', () => violationsOf(shown, textOf(shown), check, answered));
      // Neither models nor records are told what is only for the caller.
      const recorded = guard?.forModel(violations) ?? violations;
      tally.checked(recorded);
      if (violations.length === 0) return yield shown;
      refusal = refused(violations, answered, tally.attemptCount);
      if (violations.some(({ keyword }) => keyword === 'max_tokens')) throw refusal;
      const repair = repairs < validation.maxRepairs ? repairOf(answered, text, recorded, asking) : undefined;
      if (repair !== undefined) {
        repairs += 1;
        tally.trail.push({ step: 'repair', model: repair.request.model.id, because: refusal.code });
        candidates = [repair];
        continue;
      }
    }
    const larger = escalations < validation.maxEscalations ? escalationOf(route, answered.request.model.tier) : undefined;
    if (larger === undefined || !isAffordable(larger, asking)) throw refusal ?? new GatewayError('internal_error', 'No model answered.');
    escalations += 1;
    tally.escalatedFrom.push(answered.request.model.id);
    tally.trail.push({ step: 'escalate', model: larger.request.model.id, because: refusal?.code ?? 'output_validation_failed' });
    candidates = [larger];
  }
}

function violationsOf(answer: ModelEvents, text: string, check: OutputCheck, { request }: Candidate): readonly Violation[] {
  const reason = answer.find((event) => event.type === 'finish')?.reason;
  switch (reason) {
    case 'length':
      return [
        { path: '', keyword: 'max_tokens', message: `The answer was cut off at its limit of ${request.maxTokens} tokens: allow more.` },
      ];
    case 'content_filter':
      throw new GatewayError(
        'content_filter',
        `Model \`${request.model.id}\` refused or filtered its answer: there is none that holds to the schema.`,
      );
    // A call of a tool is no answer yet.
    case 'tool_calls':
      return [];
    default:
      return check(text);
  }
}

/** Undefined for one that the model cannot be asked for: too long for its window, or too dear. */
function repairOf(candidate: Candidate, text: string, violations: readonly Violation[], asking: Asking): Candidate | undefined {
  const repair = withBody(candidate, repairTurn(candidate.request.body, text, violations));
  return repair !== undefined && isAffordable(repair, asking) ? repair : undefined;
}

function refused(violations: readonly Violation[], { request }: Candidate, attempts: number): GatewayError {
  const [first] = violations;
  const where = first?.path ? ` at \`${first.path}\`` : '';
  const asked = attempts === 1 ? '' : ` after ${attempts} attempts`;
  const message = `The answer of model \`${request.model.id}\` does not hold to what \`response_format\` asks for${asked}${where}: ${first?.message}`;
  return new GatewayError('output_validation_failed', message, { param: 'response_format', violations });
}

function textOf(answer: ModelEvents): string {
  return answer.map((event) => (event.type === 'text' ? event.text : '')).join('');
}
