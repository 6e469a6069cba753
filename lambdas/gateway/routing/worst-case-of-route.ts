import type { RoutingPolicy } from '../../core/routing-policy';
import { MAX_SAID_BYTES } from '../stages/continuation';
import { escalationOf, type Route } from '../stages/route';
import { MAX_VIOLATION_CHARACTERS, MAX_VIOLATIONS } from '../validation/json-schema-check';
import { MAX_SHOWN_BYTES } from '../validation/repair-turn';
import { worstCaseCostMicroUsd, worstCaseTokens } from '../worst-case';
import type { Candidate } from './candidate';

/** What the gateway says itself when it asks again, and the most bytes that a character has. */
const OWN_WORDS_BYTES = 1_024;
const BYTES_PER_CHARACTER = 4;
const REPAIR_BYTES = MAX_SHOWN_BYTES + MAX_VIOLATIONS * 2 * MAX_VIOLATION_CHARACTERS * BYTES_PER_CHARACTER + OWN_WORDS_BYTES;
const CONTINUATION_BYTES = MAX_SAID_BYTES + OWN_WORDS_BYTES;

/**
 * What a call can cost at most, in micro-dollars. A failure before a model's first event is charged nothing, and in general no attempt follows
 * a later one: then it is the dearest model's. Where another may follow (an answer that is held to a schema, a text that is continued) each of
 * them may be charged.
 */
export function worstCaseOfRoute(route: Route, policy: RoutingPolicy): number {
  const bound = boundOf(route, policy, costOf);
  return Math.min(bound, route.ceilingMicroUsd ?? bound);
}

/** The tokens that a call can take at most, input and output of all attempts that may be charged. */
export function worstCaseTokensOfRoute(route: Route, policy: RoutingPolicy): number {
  return boundOf(route, policy, tokensOf);
}

/** What one attempt takes at most. */
type Measure = (candidate: Candidate, moreInputBytes?: number) => number;

function boundOf(route: Route, { fallback, validation }: RoutingPolicy, measure: Measure): number {
  return route.check === undefined
    ? ofTexts(route, fallback.midAnswer === 'continue', measure)
    : ofCheckedAnswers(route, validation, measure);
}

function ofTexts({ candidates }: Route, isContinued: boolean, measure: Measure): number {
  if (!isContinued) return Math.max(...candidates.map((candidate) => measure(candidate)));
  return sum(candidates.map((candidate, index) => measure(candidate, index === 0 ? 0 : CONTINUATION_BYTES)));
}

function ofCheckedAnswers(route: Route, { maxRepairs, maxEscalations }: RoutingPolicy['validation'], measure: Measure): number {
  const larger = escalations(route, maxEscalations);
  const most = Math.max(...[...route.candidates, ...larger].map((candidate) => measure(candidate, REPAIR_BYTES)));
  return (
    sum(route.candidates.map((candidate) => measure(candidate))) + sum(larger.map((candidate) => measure(candidate))) + maxRepairs * most
  );
}

/** The dearest that the call can be handed up to: from the largest tier down, since it is not known which one will answer first. */
function escalations(route: Route, maxEscalations: number): readonly Candidate[] {
  const tiers = new Set(route.candidates.map(({ request }) => request.model.tier));
  const larger = [...tiers].flatMap((tier) => escalationOf(route, tier) ?? []);
  const next = larger.flatMap((candidate) => escalationOf(route, candidate.request.model.tier) ?? []);
  return [...new Set([...larger, ...next])].toSorted((a, b) => costOf(b) - costOf(a)).slice(0, maxEscalations);
}

function costOf({ request }: Candidate, moreInputBytes = 0): number {
  return worstCaseCostMicroUsd(request, moreInputBytes);
}

function tokensOf({ request }: Candidate, moreInputBytes = 0): number {
  const { inputTokens, outputTokens } = worstCaseTokens(request, moreInputBytes);
  return inputTokens + outputTokens;
}

function sum(costs: readonly number[]): number {
  return costs.reduce((total, cost) => total + cost, 0);
}
