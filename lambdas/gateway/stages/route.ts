import type { DecisionRecord } from '../../core/audit-record';
import { asGatewayError, GatewayError } from '../../core/errors';
import { formatUsd } from '../../core/money';
import type { ModelEntry } from '../../core/platform';
import type { ModelTier } from '../../core/routing-policy';
import type { Caller, GatewayPorts } from '../call';
import type { ChatRequest } from '../openai/request';
import { breakerKeyOf, type Candidate } from '../routing/candidate';
import { microUsdOf } from '../routing/ceiling';
import { type Choice, chooseModels, compareTiers } from '../routing/choose-models';
import type { OutputCheck } from '../validation/output-check';
import { checkWindow, maxTokensOf, MOST_BYTES_PER_TOKEN, USUAL_BYTES_PER_TOKEN } from '../routing/fit';
import { worstCaseCostMicroUsd } from '../worst-case';
import { checkPurpose, platformFor } from './authorize';
import type { PreparedRequest } from './prepare';

/** Where a call goes, and why. */
export interface Route {
  readonly body: ChatRequest;
  /** In the order in which they are asked. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly reason: string;
  /** Models that could have answered, and were left out for their health. */
  readonly skipped: readonly DecisionRecord[];
  /** All that could answer, in the same order: where a larger model is looked for, when an answer does not hold. */
  readonly able: readonly Candidate[];
  /** What the answer is held to. */
  readonly check: OutputCheck | undefined;
  readonly ceilingMicroUsd: number | undefined;
}

/** The model that is asked when one of this tier gave no answer that holds: the first one of the next tier there is. */
export function escalationOf({ able }: Pick<Route, 'able'>, tier: ModelTier): Candidate | undefined {
  const larger = able.filter(({ request }) => compareTiers(request.model.tier, tier) > 0);
  return larger.toSorted((a, b) => compareTiers(a.request.model.tier, b.request.model.tier))[0];
}

/** A refusal is a decision too: it is recorded before it is answered. */
export type RouteDecision = { readonly route: Route } | { readonly refusal: GatewayError };

type Bounds = Pick<Caller, 'scopes' | 'residency'>;
type RoutePorts = Pick<GatewayPorts, 'platform' | 'adapters' | 'breakers'>;

/** No I/O. */
export function decideRoute(
  prepared: Pick<PreparedRequest, 'body' | 'check' | 'preference' | 'promptId'>,
  caller: Bounds,
  ports: RoutePorts,
): RouteDecision {
  try {
    checkPurpose(caller, { task: prepared.body.task_type, prompt: prepared.promptId });
    return { route: routeOf(prepared, { ...ports, platform: platformFor(caller, ports.platform) }) };
  } catch (error) {
    return { refusal: asGatewayError(error) };
  }
}

function routeOf({ body, check, preference }: Pick<PreparedRequest, 'body' | 'check' | 'preference'>, ports: RoutePorts): Route {
  const choice = chooseModels(body, ports.platform, check !== undefined, preference);
  const able = ableOf(choice, body, ports);
  const ordered = choice.isOrdered ? able : inOrder(able, choice);
  const { healthy, skipped } = withoutUnhealthy(ordered, choice, ports);
  const ceilingMicroUsd = body.max_cost_usd === undefined ? undefined : microUsdOf(body.max_cost_usd);
  const affordable = withinCeiling(healthy, ordered, ceilingMicroUsd);
  const [first, ...others] = affordable.slice(0, ports.platform.routing.fallback.maxModels);
  if (first === undefined) throw noModel();
  return { body, candidates: [first, ...others], reason: choice.reason, skipped, able: affordable, check, ceilingMicroUsd };
}

/**
 * Those of the chosen models that can honour the request.
 *
 * @throws GatewayError what the first of them says, when none can: of a named model, what it says itself.
 */
function ableOf({ models, isExplicit }: Choice, body: ChatRequest, ports: RoutePorts): readonly Candidate[] {
  const able: Candidate[] = [];
  const refusals: GatewayError[] = [];
  for (const [index, model] of models.entries()) {
    const isNamed = isExplicit && index === 0;
    try {
      able.push(candidateOf(model, body, ports, isNamed ? MOST_BYTES_PER_TOKEN : USUAL_BYTES_PER_TOKEN));
    } catch (error) {
      const refusal = asGatewayError(error);
      if (isNamed || refusal.code === 'internal_error') throw refusal;
      refusals.push(refusal);
    }
  }
  if (able.length > 0) return able;
  // The one whose only fault is its window says most.
  throw refusals.findLast(({ code }) => code === 'context_length_exceeded') ?? refusals[0] ?? noModel();
}

/** @throws GatewayError where the model cannot honour the request. */
export function candidateOf(model: ModelEntry, body: ChatRequest, { platform, adapters }: RoutePorts, bytesPerToken: number): Candidate {
  const adapter = adapters[model.provider];
  if (adapter === undefined) throw new Error(`No adapter for provider "${model.provider}" of model "${model.id}".`);
  const request = { model, offered: platform.models, body, maxTokens: maxTokensOf(body, model) };
  adapter.check(request);
  checkWindow(request, bytesPerToken);
  return { adapter, request };
}

/** The smallest tier first, and in it the cheapest for this request; a model that was named before all others. */
function inOrder(candidates: readonly Candidate[], { isExplicit }: Choice): readonly Candidate[] {
  const [named, ...others] = candidates;
  if (isExplicit && named !== undefined) return [named, ...bySizeAndPrice(others)];
  return bySizeAndPrice(candidates);
}

function bySizeAndPrice(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, cost: worstCaseCostMicroUsd(candidate.request) }))
    .toSorted((a, b) => compareTiers(a.candidate.request.model.tier, b.candidate.request.model.tier) || a.cost - b.cost)
    .map(({ candidate }) => candidate);
}

/** Leaves out models whose breaker is open, unless that is all of them: then the call says so, or probes. */
function withoutUnhealthy(candidates: readonly Candidate[], { isExplicit }: Choice, { breakers }: RoutePorts) {
  const isHealthy = ({ request }: Candidate): boolean => breakers.allows(breakerKeyOf(request.model));
  const healthy = candidates.filter(isHealthy);
  if (isExplicit || healthy.length === 0) return { healthy: candidates, skipped: [] };
  const skipped = candidates
    .filter((candidate) => !isHealthy(candidate))
    .map(({ request }): DecisionRecord => ({ step: 'skip', model: request.model.id, because: 'breaker_open' }));
  return { healthy, skipped };
}

/** @throws GatewayError `cost_ceiling_exceeded` naming the cheapest, when none stays within what the caller allows. */
function withinCeiling(
  candidates: readonly Candidate[],
  all: readonly Candidate[],
  ceilingMicroUsd: number | undefined,
): readonly Candidate[] {
  if (ceilingMicroUsd === undefined) return candidates;
  const affordable = candidates.filter(({ request }) => worstCaseCostMicroUsd(request) <= ceilingMicroUsd);
  if (affordable.length > 0) return affordable;
  const costs = all.map(({ request }) => ({ id: request.model.id, cost: worstCaseCostMicroUsd(request) }));
  const cheapest = costs.reduce((a, b) => (b.cost < a.cost ? b : a));
  const message =
    `The call may cost more than \`max_cost_usd\` allows ($${formatUsd(ceilingMicroUsd)}): the cheapest possible is $${formatUsd(cheapest.cost)}, ` +
    `by \`${cheapest.id}\`. Allow that much, or ask for fewer tokens.`;
  throw new GatewayError('cost_ceiling_exceeded', message, { param: 'max_cost_usd' });
}

function noModel(): GatewayError {
  return new GatewayError('model_not_found', 'This environment has no model of the tier that the request needs.', { param: 'model' });
}
