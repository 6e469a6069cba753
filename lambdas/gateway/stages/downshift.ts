import { GatewayError } from '../../core/errors';
import type { GatewayPorts } from '../call';
import { breakerKeyOf, type Candidate } from '../routing/candidate';
import { compareTiers, NAMED } from '../routing/choose-models';
import { USUAL_BYTES_PER_TOKEN } from '../routing/fit';
import { worstCaseOfRoute, worstCaseTokensOfRoute } from '../routing/worst-case-of-route';
import { worstCaseCostMicroUsd } from '../worst-case';
import { candidateOf, type Route } from './route';

/**
 * The route of a call whose account is above its soft limit, where the environment's policy has such calls answered by smaller models: of the next smaller
 * tier that has a model for it, and after those the models of before. What it may take is no more than what was held for the call.
 *
 * @returns undefined where the route stays.
 */
export function downshift(route: Route, ports: Pick<GatewayPorts, 'platform' | 'adapters' | 'breakers'>): Route | undefined {
  const { downshift: policy, fallback } = ports.platform.routing;
  if (policy === undefined || (route.reason === NAMED && !policy.forExplicitModels)) return undefined;
  const [first] = route.candidates;
  const smaller = nextSmaller(route, ports);
  if (smaller.length === 0) return undefined;
  const step = { step: 'downshift', model: first.request.model.id, because: 'soft_limit' } as const;
  const common = { ...route, reason: `${route.reason}:downshift`, skipped: [...route.skipped, step] };
  const routeOf = (candidates: readonly Candidate[], able: readonly Candidate[]): Route | undefined => {
    const [head, ...others] = candidates.slice(0, fallback.maxModels);
    return head && { ...common, candidates: [head, ...others], able };
  };
  return [routeOf([...smaller, ...route.candidates], [...smaller, ...route.able]), routeOf(smaller, smaller)].find(
    (shifted) => shifted !== undefined && fits(shifted, route, ports),
  );
}

function fits(shifted: Route, held: Route, { platform: { routing } }: Pick<GatewayPorts, 'platform'>): boolean {
  return (
    worstCaseOfRoute(shifted, routing) <= worstCaseOfRoute(held, routing) &&
    worstCaseTokensOfRoute(shifted, routing) <= worstCaseTokensOfRoute(held, routing)
  );
}

/** Those of one tier that can honour the request and are well, the cheapest first. */
function nextSmaller(
  { body, candidates: [first], ceilingMicroUsd = Number.POSITIVE_INFINITY }: Route,
  ports: Pick<GatewayPorts, 'platform' | 'adapters' | 'breakers'>,
): readonly Candidate[] {
  const able = ports.platform.models
    .filter(({ tier }) => compareTiers(tier, first.request.model.tier) < 0)
    .toSorted((a, b) => compareTiers(b.tier, a.tier))
    .flatMap((model): Candidate[] => {
      try {
        return [candidateOf(model, body, ports, USUAL_BYTES_PER_TOKEN)];
      } catch (error) {
        if (error instanceof GatewayError) return [];
        throw error;
      }
    })
    .filter(({ request }) => ports.breakers.allows(breakerKeyOf(request.model)))
    .filter(({ request }) => worstCaseCostMicroUsd(request) <= ceilingMicroUsd);
  return able
    .filter(({ request }) => request.model.tier === able[0]?.request.model.tier)
    .toSorted((a, b) => worstCaseCostMicroUsd(a.request) - worstCaseCostMicroUsd(b.request));
}
