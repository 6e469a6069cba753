import type { AnswerCache } from '../core/answer-cache/answer-cache';
import type { Account } from '../core/accounts/account';
import type { Accounts } from '../core/accounts/accounts';
import type { Attribution } from '../core/attribution';
import type { AuditStore } from '../core/audit';
import type { Breakers } from '../core/breaker';
import type { ContentObjects } from '../core/call-content/content-objects';
import type { Clock } from '../core/clock';
import type { ErrorCode } from '../core/errors';
import type { ApplyGuardrail } from '../core/guardrail/apply-guardrail';
import type { Tokens } from '../core/identity/tokens';
import type { Log } from '../core/log';
import type { MetricSink } from '../core/metrics';
import type { PlatformDocument } from '../core/platform';
import type { PromptReader } from '../core/prompts/prompt-reader';
import type { Registry } from '../core/registry';
import type { Residency } from '../core/residency';
import type { Scopes } from '../core/scopes';
import type { Restore } from '../core/safety/guard';
import type { Guards } from '../core/safety/guards';
import type { CallId } from '../core/trace-id';
import type { UsageReader } from '../core/usage-ledger/read-usage';
import type { ModelAdapters } from './adapters/adapter';
import type { CacheControl } from './cache/cache-control';
import type { SimilarAnswers } from './cache/similar-answers';
import type { PromptUse } from './prompts/prompt-use';
import type { StageTimes } from './stage-times';
import type { Tags } from './tags';

/** What the gateway needs of the world. Made once per process. */
export interface GatewayPorts {
  readonly platform: PlatformDocument;
  readonly registry: Registry;
  readonly tokens: Tokens;
  readonly prompts: PromptReader;
  readonly audit: AuditStore;
  readonly accounts: Accounts;
  /** Of calls whose contents are too large for the audit table. */
  readonly content: Pick<ContentObjects, 'get'>;
  readonly usage: UsageReader;
  /** Absent where the environment keeps no answers. */
  readonly answerCache?: AnswerCache | undefined;
  /** Absent where no index of their questions is there. */
  readonly similarAnswers?: SimilarAnswers | undefined;
  readonly adapters: ModelAdapters;
  readonly breakers: Breakers;
  readonly guards: Guards;
  /** Absent where no guardrail is there: policies that want it then refuse every call. */
  readonly applyGuardrail?: ApplyGuardrail | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricSink;
  /** Of the gateway itself; stands in each intent. */
  readonly version: string;
}

/** `v1` for API keys and tokens, `iam` for roles that API Gateway verified. */
export type Door = 'v1' | 'iam';

export interface Caller {
  readonly tenant: string;
  /** One of its tenant's. */
  readonly team: string | undefined;
  /** The key's public name, the role's ARN, or a token's issuer, `#` and subject. */
  readonly keyId: string;
  readonly door: Door;
  /** Those of its accounts that limit it, from the narrowest: its own, its team's and its tenant's. */
  readonly accounts: readonly Account[];
  /** What it may use: all of these hold. */
  readonly scopes: readonly Scopes[];
  /** What may become of its data: all of these hold. */
  readonly residency: readonly Residency[];
}

/** One call of a model, from its arrival. */
export interface Call {
  readonly id: CallId;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** On the monotonic clock. */
  readonly startedMs: number;
  readonly stages: StageTimes;
  readonly caller: Caller;
  /** Aborted when the caller leaves, where that can be known. */
  readonly signal: AbortSignal;
  /** Aborted when the process ends, whatever it is still at. */
  readonly ending?: AbortSignal;
  readonly line: RequestLine;
  /** What the caller says of its call in `x-blueprint-tags`, as far as the safety policy lets it be recorded. */
  tags: Tags;
  /** What the caller says of answers that were given before, in `x-blueprint-cache-control`. */
  readonly cacheControl: CacheControl;
  /** Set once the call's body is read. */
  attribution?: Attribution;
  /** What placeholders of the call stand for, once there are any. */
  restore?: Restore;
  /** Something was found in what is recorded of the call: nothing of it goes into the cache. */
  hasFinds?: true;
  /** Of a call of a prompt. */
  readonly prompt?: PromptUse;
  /** The call whose answer from the cache this one is to verify. */
  readonly verificationOf?: string;
  /** Keeps the process at work after the answer, and the request's log line back, until the promise settles. */
  finishAfter(work: Promise<void>): void;
  /**
   * Begins work when the caller has its answer and the call is on record; the process stays at it until it ends. Absent: nobody asked for the call, and nothing
   * follows from it.
   *
   * @param work Is told how long the process may still work, in milliseconds.
   */
  readonly afterAnswer?: (work: (remainingMs: () => number) => Promise<void>) => void;
}

/** The fields of a request's one log line, filled in as they become known. A type, so that it is taken for the fields of one. */
export type RequestLine = {
  readonly trace_id: string;
  readonly method: string;
  route?: string;
  status?: number;
  stream?: boolean;
  /** As asked for; once a model was called, that one. */
  model?: string;
  requested_model?: string;
  /** Calls of models. */
  attempts?: number;
  tenant?: string;
  team?: string;
  key_id?: string;
  /** What the caller says that the call is for: `metadata.service`. In log lines `service` is the function. */
  for_service?: string;
  /** Of a call of a prompt: what was given to it, and as which arm of which experiment. */
  prompt_id?: string;
  prompt_version?: number;
  prompt_label?: string;
  experiment?: string;
  arm?: string;
  error_code?: ErrorCode;
  input_tokens?: number;
  output_tokens?: number;
  cost_micro_usd?: number;
  usage_estimated?: true;
  total_ms?: number;
  model_ms?: number;
  overhead_ms?: number;
  first_token_ms?: number;
  /** Of the decisions on the way; absent where there were none. */
  retries?: number;
  fallbacks?: number;
  breaker_skips?: number;
  /** By the safety policy: values replaced by placeholders, finds that ended the call, and finds that were let through; absent where there were none. */
  redactions?: number;
  blocks?: number;
  reported_finds?: number;
  /** Text units that the guardrail has charged; absent where none was asked. */
  guardrail_units?: number;
  degraded?: 'static' | 'stale';
  /** Where the answer came from; absent for calls that the cache has nothing to do with. */
  cache?: CacheState;
  /** Of the question to the one that was answered before. */
  cache_similarity?: number;
  /** What the answer cost when a model gave it. */
  cache_saved_micro_usd?: number;
  /** By model: answers held to a schema, those that did not hold, and times that a larger model was asked then. */
  checks?: readonly AnswerChecks[];
  /** Kinds of accounts whose soft limit the call has crossed. */
  soft_limits_crossed?: readonly string[];
  settlement_failed?: true;
};

/** From the cache by the same question or one in other words, from it because no model answered, or from a model. */
export type CacheState = 'exact' | 'semantic' | 'stale' | 'miss';

export interface AnswerChecks {
  readonly model: string;
  readonly checked: number;
  readonly invalid: number;
  readonly escalated: number;
}

/** Milliseconds as records and headers give them: to a tenth. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}
