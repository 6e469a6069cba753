import type { Amount } from '../../core/accounts/account';
import type { IntentRecord } from '../../core/audit-record';
import type { Call, GatewayPorts } from '../call';
import { attribute } from '../attribute';
import { forRecords } from '../for-records';
import { keepsContent } from '../keeps-content';
import { promptIntent } from '../prompts/prompt-use';
import { microUsdOf } from '../routing/ceiling';
import { worstCaseOfRoute, worstCaseTokensOfRoute } from '../routing/worst-case-of-route';
import type { PreparedRequest } from './prepare';
import { type AdmissionDecision, isLimited, reserveWith } from './reserve';
import type { RouteDecision } from './route';

const NOTHING: Amount = { microUsd: 0, tokens: 0 };

/**
 * Makes the intent durable and holds the worst case in the call's accounts: no model is called without both, and no refusal answered without the
 * intent.
 *
 * @param more What the call may cost beside its models.
 * @throws GatewayError what the audit store throws; the call must not go on.
 */
export function admit(
  call: Call,
  prepared: PreparedRequest,
  decision: RouteDecision,
  ports: GatewayPorts,
  more: Amount = NOTHING,
): Promise<AdmissionDecision> {
  attribute(call, prepared.body);
  const intent = intentOf(call, prepared, decision, ports, more);
  const tokens = 'route' in decision ? worstCaseTokensOfRoute(decision.route, ports.platform.routing) + more.tokens : 0;
  const worst = 'route' in decision ? { microUsd: intent.worst_case_cost_micro_usd, tokens } : undefined;
  return reserveWith(ports.audit.insertIntent(call.id, intent), call, worst, ports);
}

function intentOf(
  call: Call,
  { body, inputHash }: PreparedRequest,
  decision: RouteDecision,
  ports: GatewayPorts,
  more: Amount,
): IntentRecord {
  const route = 'route' in decision ? decision.route : undefined;
  const [first, ...others] = route?.candidates ?? [];
  const { subject, ...ofPrompt } = promptIntent(call.prompt);
  const said = { user: body.user, metadata: body.metadata, tags: call.tags.header, subject };
  return {
    tenant: call.caller.tenant,
    key_id: call.caller.keyId,
    door: call.caller.door,
    requested_model: body.model,
    route: first && {
      model: first.request.model.id,
      provider_model_id: first.request.model.providerModelId,
      reason: route?.reason ?? '',
      fallbacks: others.length === 0 ? undefined : others.map(({ request }) => request.model.id),
    },
    task_type: body.task_type,
    max_cost_micro_usd: body.max_cost_usd === undefined ? undefined : microUsdOf(body.max_cost_usd),
    input_hash: inputHash,
    input: keepsContent(ports.platform) ? JSON.stringify(forRecords(call, body, ports.platform)) : undefined,
    worst_case_cost_micro_usd: route === undefined ? 0 : worstCaseOfRoute(route, ports.platform.routing) + more.microUsd,
    limited: route && isLimited(call, ports.platform),
    max_tokens: first?.request.maxTokens,
    stream: body.stream === true,
    ...forRecords(call, said, ports.platform),
    attribution: call.attribution,
    ...ofPrompt,
    verification_of: call.verificationOf,
    created_at: call.startedAtMs,
    price_table_version: ports.platform.priceTableVersion,
    gateway_version: ports.version,
  };
}
