import { type AttemptRecord, type DecisionRecord, usageRecordOf } from '../core/audit-record';
import type { GatewayError } from '../core/errors';
import { NO_USAGE, type Usage } from '../core/usage';
import type { FinishReason, ModelEvent } from './adapters/adapter';
import type { EmbeddingTally } from './embedding-tally';
import { type AnswerChecks, roundMs } from './call';
import type { Candidate } from './routing/candidate';
import { type Charge, Tally } from './tally';
import type { Violation } from './validation/json-schema-check';
import { imageCount, inputBytes } from './worst-case';

/** What was answered in place of a model: from the cache, or because none answered. */
export type Substitution = 'exact' | 'semantic' | 'stale' | 'static';

interface Substitute {
  readonly by: Substitution;
  readonly model: string;
  readonly tally: Tally;
}

/** What a client is told to have answered where no model did. */
const NO_MODEL = 'static';

/** Knows what was answered, as far as it may be recorded. */
export interface AnswerRecorder {
  message(): object | undefined;
}

interface Attempt {
  readonly candidate: Candidate;
  readonly tally: Tally;
}

/** What became of one call: of each attempt, in order, and of all of them together. */
export class RunTally {
  readonly #attempts: Attempt[] = [];
  /** What was decided after the route, in order. */
  readonly trail: DecisionRecord[];
  /** Models whose answers did not hold, each time that a larger one was asked. */
  readonly escalatedFrom: string[] = [];
  #substitute: Substitute | undefined;
  #error: GatewayError | undefined;
  /** Of the question's vector, by which the cache was asked. */
  embedding: EmbeddingTally | undefined;
  /** Of the question to the one whose answer is replayed. */
  similarity: number | undefined;
  /** On the monotonic clock; undefined until all is over. */
  endedMs: number | undefined;

  constructor(
    /** On the monotonic clock. */
    readonly startedMs: number,
    skipped: readonly DecisionRecord[],
    /** Takes what the caller is answered, where that is kept. */
    private readonly recorder?: AnswerRecorder,
  ) {
    this.trail = [...skipped];
  }

  /** @param continues Whether what is answered goes on from what the last attempt has answered. */
  begin(candidate: Candidate, nowMs: number, continues = false): Tally {
    const { body, maxTokens } = candidate.request;
    const limits = { inputBytes: inputBytes(body), images: imageCount(body), maxTokens };
    const tally = new Tally(nowMs, limits, continues ? this.#attempts.at(-1)?.tally : undefined);
    this.#attempts.push({ candidate, tally });
    return tally;
  }

  /** The last attempt's answer was held to its schema. @param violations None: it holds. */
  checked(violations: readonly Violation[]): void {
    this.#attempts.at(-1)?.tally.checked(violations);
  }

  /** Something was answered in place of a model. @param model That gave the answer once. */
  substitute(by: Substitution, model: string, nowMs: number, events: readonly ModelEvent[]): void {
    const tally = new Tally(nowMs, { inputBytes: 0, images: 0, maxTokens: 0 });
    for (const event of events) tally.record(event);
    this.#substitute = { by, model, tally };
  }

  /** A static text or an old answer was given in place of a model, whose failure stays the call's. */
  degrade(error: GatewayError, nowMs: number, events: readonly ModelEvent[], stale?: { readonly model: string }): void {
    this.fail(error);
    this.substitute(stale === undefined ? 'static' : 'stale', stale?.model ?? NO_MODEL, nowMs, events);
    this.trail.push({ step: 'degrade', because: error.code });
  }

  /** The first reason stands. */
  fail(error: GatewayError): void {
    this.#error ??= error;
  }

  get error(): GatewayError | undefined {
    return this.#error;
  }

  /** Undefined where a model answered, or nothing did. */
  get substituted(): Substitution | undefined {
    return this.#substitute?.by;
  }

  /** Undefined unless something was answered because no model was able to. */
  get degraded(): Exclude<Substitution, 'exact' | 'semantic'> | undefined {
    const { substituted } = this;
    return substituted === 'exact' || substituted === 'semantic' ? undefined : substituted;
  }

  get attemptCount(): number {
    return this.#attempts.length;
  }

  /** The one that was asked last. Undefined when none was. */
  get lastCandidate(): Candidate | undefined {
    return this.#attempts.at(-1)?.candidate;
  }

  /** Whose answer it is, or would be. Undefined when no model was asked. */
  get lastModelId(): string | undefined {
    return this.lastCandidate?.request.model.id;
  }

  /** The model that answers, as the client is told. */
  get answeredBy(): string {
    return this.#substitute?.model ?? this.lastModelId ?? NO_MODEL;
  }

  get finishReason(): FinishReason | undefined {
    return this.#answer?.finishReason;
  }

  /** SHA-256 of what was answered, in hex; undefined when that was nothing. */
  outputHash(): string | undefined {
    return this.#answer?.outputHash();
  }

  /** The message that was answered, as JSON; undefined when that was nothing, or is not kept. */
  output(): string | undefined {
    return this.#answer?.hasOutput === true ? this.recorder && JSON.stringify(this.recorder.message()) : undefined;
  }

  /** Time spent waiting for models, in milliseconds. */
  get modelMs(): number {
    return this.#attempts.reduce((sum, { tally }) => sum + tally.modelMs, 0);
  }

  /** On the monotonic clock; undefined until a model begins to answer. */
  get firstEventMs(): number | undefined {
    return this.#attempts.find(({ tally }) => tally.firstEventMs !== undefined)?.tally.firstEventMs;
  }

  /** What all attempts together are charged, and the question's vector. The usage is of the attempts alone: that is what clients know. */
  charge(): Charge {
    const charges = this.#attempts.map(chargeOf);
    return {
      usage: charges.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
      estimated: charges.some(({ estimated }) => estimated),
      costMicroUsd: charges.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, this.embedding?.charge().costMicroUsd ?? 0),
    };
  }

  /** Undefined where no answer was held to a schema. */
  answerChecks(): readonly AnswerChecks[] | undefined {
    const checked = this.#attempts.filter(({ tally }) => tally.violations !== undefined);
    if (checked.length === 0) return undefined;
    const ids = [...new Set(checked.map(modelIdOf))];
    return ids.map((model) => {
      const own = checked.filter((attempt) => modelIdOf(attempt) === model);
      return {
        model,
        checked: own.length,
        invalid: own.filter(({ tally }) => tally.isInvalid).length,
        escalated: this.escalatedFrom.filter((id) => id === model).length,
      };
    });
  }

  attemptRecords(): AttemptRecord[] {
    const ofAnswer = this.#attempts.map((attempt): AttemptRecord => {
      const { candidate, tally } = attempt;
      const { usage, estimated, costMicroUsd } = chargeOf(attempt);
      return {
        model: candidate.request.model.id,
        provider_model_id: candidate.request.model.providerModelId,
        outcome: outcomeOf(tally),
        error_code: tally.isInvalid ? 'output_validation_failed' : tally.error?.code,
        violations: tally.isInvalid ? tally.violations?.map(({ path, keyword }) => `${path}: ${keyword}`) : undefined,
        ms: roundMs((tally.endedMs ?? tally.startedMs) - tally.startedMs),
        usage: usageRecordOf(usage),
        usage_estimated: estimated,
        cost_micro_usd: costMicroUsd,
      };
    });
    return [...(this.embedding?.attemptRecords() ?? []), ...ofAnswer];
  }

  get #answer(): Tally | undefined {
    return this.#substitute?.tally ?? this.#attempts.at(-1)?.tally;
  }
}

function modelIdOf({ candidate }: Attempt): string {
  return candidate.request.model.id;
}

function chargeOf({ candidate, tally }: Attempt): Charge {
  return tally.charge(candidate.request.model.price);
}

function outcomeOf({ error, isInvalid }: Tally): AttemptRecord['outcome'] {
  if (isInvalid) return 'invalid';
  if (error === undefined) return 'ok';
  return error.code === 'request_cancelled' ? 'cancelled' : 'error';
}

function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  };
}
