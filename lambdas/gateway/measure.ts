import { promptDimension, serviceDimension } from '../../config/metrics';
import { BoundedNames } from '../core/bounded-names';
import { errorCatalogue } from '../core/errors';
import type { Measurements } from '../core/metrics';
import type { PlatformDocument } from '../core/platform';
import type { AnswerChecks, RequestLine } from './call';

const MICRO_PER_USD = 1_000_000;

/** Routes that lead to a model; on others nothing is measured. */
const MODEL_ROUTE = /\/(?:chat\/completions|embeddings|prompts\/:id\/completions)$/;

const promptNames = new WeakMap<PlatformDocument, BoundedNames>();

/** One bound for all that a process publishes. */
export function promptNamesOf(platform: PlatformDocument): BoundedNames {
  let names = promptNames.get(platform);
  if (names === undefined) {
    names = new BoundedNames(promptDimension.maxNames, promptDimension.pattern, promptDimension.other);
    promptNames.set(platform, names);
  }
  return names;
}

/** Reads a request's metrics off its finished log line: what is published is also logged. */
export function createMeasure(platform: PlatformDocument): (line: RequestLine) => readonly Measurements[] {
  const models = new Set([...platform.models, ...platform.embeddingModels].map(({ id }) => id));
  const services = new BoundedNames(serviceDimension.maxNames, serviceDimension.pattern, serviceDimension.other);
  const prompts = promptNamesOf(platform);
  return (line) => {
    if (line.method !== 'POST' || !MODEL_ROUTE.test(line.route ?? '')) return [];
    const prompt = line.prompt_id === undefined ? undefined : prompts.of(line.prompt_id);
    const call: Measurements = {
      values: { ...outcomeOf(line), ...(wasAnswered(line) ? answerOf(line) : {}), ...settlementOf(line), ...decisionsOf(line) },
      dimensions: {
        // Whatever a caller writes is in `line.model`; only what exists becomes a metric.
        ...(line.model !== undefined && models.has(line.model) ? { Model: line.model } : {}),
        Service: line.for_service === undefined ? serviceDimension.none : services.of(line.for_service),
        ...(prompt === undefined ? {} : { Prompt: prompt }),
        ...watchedTenant(line.tenant, platform),
      },
    };
    return [call, ...(line.checks ?? []).map((checks) => checksOf(checks, prompt))];
  };
}

/** The dimension of a tenant, where it is one that the config watches: the number of others has no bound. */
export function watchedTenant(tenant: string | undefined, { watchedTenants }: PlatformDocument): Measurements['dimensions'] {
  return tenant !== undefined && watchedTenants?.includes(tenant) ? { Tenant: tenant } : {};
}

/** Zeros are published too: a share is computed from two metrics that have data at the same times. */
function outcomeOf(line: RequestLine): Measurements['values'] {
  // A stream that failed has the status 200 and an error's code.
  const status = line.error_code === undefined ? (line.status ?? 0) : errorCatalogue[line.error_code].status;
  const isInvalid = line.error_code === 'output_validation_failed';
  const isThrottle = status === 429;
  const isRefusal = status >= 400 && status < 500 && !isThrottle && !isInvalid && line.error_code !== 'request_cancelled';
  return {
    Calls: 1,
    Errors: Number(status >= 500 || isInvalid),
    Refusals: Number(isRefusal),
    Throttles: Number(isThrottle),
    LatencyMs: line.total_ms,
  };
}

function wasAnswered(line: RequestLine): boolean {
  return line.overhead_ms !== undefined;
}

function answerOf(line: RequestLine): Measurements['values'] {
  return {
    OverheadMs: line.overhead_ms,
    ModelMs: line.model_ms,
    FirstTokenMs: line.first_token_ms,
    InputTokens: line.input_tokens,
    OutputTokens: line.output_tokens,
    CostUsd: (line.cost_micro_usd ?? 0) / MICRO_PER_USD,
    UsageEstimated: Number(line.usage_estimated === true),
  };
}

/** Rare, and counted only where they occur: no share is computed from them. */
function decisionsOf(line: RequestLine): Measurements['values'] {
  return {
    Retries: line.retries,
    Fallbacks: line.fallbacks,
    BreakerSkips: line.breaker_skips,
    DegradedAnswers: line.degraded === undefined ? undefined : 1,
    ...cacheOf(line),
    SoftLimitCrossings: line.soft_limits_crossed?.length,
    SafetyRedactions: line.redactions,
    SafetyBlocks: line.blocks === undefined ? undefined : 1,
    SafetyReports: line.reported_finds,
    GuardrailUnits: line.guardrail_units,
  };
}

/** Of calls that asked the cache: misses too, so that the share of hits can be computed. */
function cacheOf({ cache, cache_saved_micro_usd }: RequestLine): Measurements['values'] {
  if (cache === undefined) return {};
  return {
    CacheLookups: 1,
    CacheHits: Number(cache === 'exact' || cache === 'semantic'),
    SemanticHits: cache === 'semantic' ? 1 : undefined,
    CacheSavedUsd: (cache_saved_micro_usd ?? 0) / MICRO_PER_USD,
  };
}

/** By the model that gave the answers, which is not always the one that the call ends with. */
function checksOf({ model, checked, invalid, escalated }: AnswerChecks, prompt: string | undefined): Measurements {
  return {
    values: { CheckedAnswers: checked, InvalidAnswers: invalid, Escalations: escalated },
    dimensions: { Model: model, ...(prompt === undefined ? {} : { Prompt: prompt }) },
  };
}

function settlementOf(line: RequestLine): Measurements['values'] {
  return line.cost_micro_usd === undefined ? {} : { SettlementFailures: Number(line.settlement_failed === true) };
}
