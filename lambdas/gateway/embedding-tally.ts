import { createHash } from 'node:crypto';
import { type AttemptRecord, type DecisionRecord, usageRecordOf } from '../core/audit-record';
import type { GatewayError } from '../core/errors';
import { costMicroUsd } from '../core/money';
import type { EmbeddingModelEntry } from '../core/platform';
import { NO_USAGE, type Usage } from '../core/usage';
import { roundMs } from './call';
import { bytesOf, type Vectors } from './openai/embedding-list';
import type { Charge } from './tally';

/** For estimates where the provider reported nothing. English has about 4 bytes to a token; 3 errs on the high side. */
const BYTES_PER_TOKEN = 3;

interface Group {
  calls: number;
  ms: number;
}

/**
 * What became of an embeddings call, which may take thousands of calls of the model: counted by how they ended, so that the record stays small
 * whatever their number. The charge is of all tokens together, and rounded once.
 */
export class EmbeddingTally {
  #inputTokens = 0;
  #estimated = false;
  #error: GatewayError | undefined;
  #outputHash: string | undefined;
  readonly #answers: Group = { calls: 0, ms: 0 };
  /** By error code. */
  readonly #failures = new Map<GatewayError['code'], Group>();
  /** By step and reason. */
  readonly #decisions = new Map<string, { readonly record: DecisionRecord; times: number; waitMs: number }>();
  /** On the monotonic clock; undefined until all is over. */
  endedMs: number | undefined;

  constructor(
    /** On the monotonic clock. */
    readonly startedMs: number,
    private readonly model: EmbeddingModelEntry,
  ) {}

  /** @param inputTokens As the provider counted them; undefined: estimated from the texts. */
  answered(texts: readonly string[], inputTokens: number | undefined, ms: number): void {
    add(this.#answers, ms);
    if (inputTokens === undefined) this.#estimated = true;
    this.#inputTokens += inputTokens ?? texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN), 0);
  }

  /** A call of the model failed: nothing is charged for it. */
  callFailed({ code }: GatewayError, ms: number): void {
    const group = this.#failures.get(code) ?? { calls: 0, ms: 0 };
    this.#failures.set(code, group);
    add(group, ms);
  }

  decided(step: 'retry' | 'skip', because: string, waitMs = 0): void {
    const key = `${step} ${because}`;
    const decision = this.#decisions.get(key) ?? { record: { step, model: this.model.id, because }, times: 0, waitMs: 0 };
    this.#decisions.set(key, decision);
    decision.times += 1;
    decision.waitMs += waitMs;
  }

  completed(vectors: Vectors): void {
    const hash = createHash('sha256');
    for (const vector of vectors) hash.update(bytesOf(vector));
    this.#outputHash = hash.digest('hex');
  }

  /** The first reason stands. */
  fail(error: GatewayError): void {
    this.#error ??= error;
  }

  get error(): GatewayError | undefined {
    return this.#error;
  }

  /** SHA-256 in hex; undefined unless all is there. */
  get outputHash(): string | undefined {
    return this.#outputHash;
  }

  get hasAnswered(): boolean {
    return this.#answers.calls > 0;
  }

  /** Calls of the model. */
  get attemptCount(): number {
    return [this.#answers, ...this.#failures.values()].reduce((sum, { calls }) => sum + calls, 0);
  }

  /** How often it was decided so. */
  count(step: 'retry' | 'skip'): number {
    return [...this.#decisions.values()].filter(({ record }) => record.step === step).reduce((sum, { times }) => sum + times, 0);
  }

  charge(): Charge {
    const usage: Usage = { ...NO_USAGE, inputTokens: this.#inputTokens };
    return { usage, estimated: this.#estimated, costMicroUsd: costMicroUsd(usage, { ...this.model.price, output: 0 }) };
  }

  attemptRecords(): AttemptRecord[] {
    const { usage, estimated, costMicroUsd: cost } = this.charge();
    const common = { model: this.model.id, provider_model_id: this.model.providerModelId };
    const answers: AttemptRecord[] =
      this.#answers.calls === 0
        ? []
        : [
            {
              ...common,
              ...groupOf(this.#answers),
              outcome: 'ok',
              usage: usageRecordOf(usage),
              usage_estimated: estimated,
              cost_micro_usd: cost,
            },
          ];
    const failures = [...this.#failures].map(
      ([code, group]): AttemptRecord => ({
        ...common,
        ...groupOf(group),
        outcome: code === 'request_cancelled' ? 'cancelled' : 'error',
        error_code: code,
        usage: usageRecordOf(NO_USAGE),
        usage_estimated: false,
        cost_micro_usd: 0,
      }),
    );
    return [...answers, ...failures];
  }

  get trail(): DecisionRecord[] {
    return [...this.#decisions.values()].map(({ record, times, waitMs }) => ({
      ...record,
      ...(record.step === 'retry' && { wait_ms: waitMs }),
      ...(times > 1 && { times }),
    }));
  }
}

function add(group: Group, ms: number): void {
  group.calls += 1;
  group.ms += ms;
}

function groupOf({ calls, ms }: Group): { readonly calls?: number; readonly ms: number } {
  return { ...(calls > 1 && { calls }), ms: roundMs(ms) };
}
