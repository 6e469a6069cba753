import { asGatewayError, type GatewayError } from '../core/errors';
import { awaitFirstEvents, plainAnswer, streamedAnswer } from './answer';
import type { Call, GatewayPorts } from './call';
import type { GatewayAnswer } from './gateway-answer';
import { admit } from './stages/admit';
import { callModel } from './stages/call-model';
import { downshift } from './stages/downshift';
import { guardInput } from './stages/guard-input';
import type { PreparedRequest } from './stages/prepare';
import { decideRoute } from './stages/route';
import { settleAnswer, settleRefusal } from './stages/settle';

/**
 * One authenticated call through the stages: guard input → route → admit → call model → guard output → settle. Whatever was prepared leaves one intent, made
 * durable before anything else happens, and one settlement, written after the last byte.
 *
 * @throws GatewayError for what goes wrong before the first byte of an answer.
 */
export async function complete(call: Call, received: PreparedRequest, ports: GatewayPorts): Promise<GatewayAnswer> {
  const guarded = guardInput(call, received.body, ports);
  const { body, records } = guarded;
  const prepared = { ...received, body };
  call.line.model = body.model;
  call.line.requested_model = body.model;
  call.line.stream = body.stream === true;

  const decision = guarded.refusal === undefined ? decideRoute(prepared, call.caller, ports) : { refusal: guarded.refusal };
  const admission = await admit(call, prepared, decision, ports);
  if ('refusal' in decision) return refuse(decision.refusal);
  if ('refusal' in admission) return refuse(admission.refusal);

  const { reservation } = admission;
  const route = (reservation?.isAboveSoftLimit ? downshift(decision.route, ports) : undefined) ?? decision.route;
  const run = callModel(call, route, guarded, ports);
  let end!: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  call.finishAfter(ended.then(() => settleAnswer(call, { route, reservation, tally: run.tally }, ports)));
  try {
    const answer = { call, route, reservation, run, events: await awaitFirstEvents(run.events), ports };
    if (body.stream === true) return streamedAnswer(answer, end);
    const whole = await plainAnswer(answer);
    end();
    return whole;
  } catch (error) {
    run.tally.fail(asGatewayError(error));
    await run.cancel();
    // What failed may have cost something all the same: the error's headers say it.
    call.line.cost_micro_usd = run.tally.charge().costMicroUsd;
    call.line.attempts = run.tally.attemptCount;
    end();
    throw error;
  }

  function refuse(refusal: GatewayError): never {
    call.finishAfter(settleRefusal(call, refusal, ports, records));
    throw refusal;
  }
}
