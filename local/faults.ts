export type FaultKind = 'throttled' | 'unavailable' | 'latency' | 'cut' | 'refuse';

/** What shall go wrong, and where. */
export interface FaultRule {
  /** Signing name, e.g. `bedrock`. */
  readonly service: string;
  /** @default - every operation of the service */
  readonly operation?: string;
  /**
   * - `throttled`, `unavailable`: the service's own error, and the operation does not run
   * - `latency`: the operation runs `delayMs` later
   * - `cut`: the socket is destroyed in the middle of the answer
   * - `refuse`: the socket is destroyed at once, and the operation does not run
   */
  readonly kind: FaultKind;
  /** For `latency`, which needs it; at most 15 minutes. */
  readonly delayMs?: number;
  /** For `cut`: bytes of the answer's body that are still sent. */
  readonly afterBytes?: number;
  /**
   * For `cut`: chunks of a streamed answer that are still sent; an answer that is no stream counts as two halves.
   * @default 1, without `afterBytes`
   */
  readonly afterChunks?: number;
  /**
   * Calls that it happens to; then the rule is gone.
   * @default - every call until the rule is removed
   */
  readonly times?: number;
}

/** Where an answer is cut: exactly one of the two is given. */
export interface Cut {
  readonly afterBytes?: number;
  readonly afterChunks?: number;
}

/** What goes wrong with one call. */
export interface PlannedFault {
  readonly delayMs: number;
  readonly failure?: { readonly kind: 'throttled' | 'unavailable' | 'refuse' } | { readonly kind: 'cut'; readonly cut: Cut };
}

const MAX_RULES = 100;
const MAX_DELAY_MS = 15 * 60 * 1000;

/** Faults injected into the services of one endpoint. */
export class Faults {
  readonly #rules = new Map<FaultRule, { timesLeft: number }>();

  /**
   * Adds a rule and returns what removes it. Rules apply in the order added: delays add up, and the first failure wins.
   * Throws RangeError for numbers out of range, for members that the kind does not take, and for more than 100 rules at once.
   */
  add(rule: FaultRule): () => void {
    checkRule(rule);
    if (this.#rules.size >= MAX_RULES) throw new RangeError(`${MAX_RULES} faults are set. Remove one before adding another.`);
    const own = { ...rule };
    this.#rules.set(own, { timesLeft: rule.times ?? Number.POSITIVE_INFINITY });
    return () => {
      this.#rules.delete(own);
    };
  }

  /** What goes wrong with this call; counts it against the rules that apply. */
  take(service: string, operation: string): PlannedFault {
    let delayMs = 0;
    let failure: PlannedFault['failure'];
    for (const [rule, state] of this.#rules) {
      if (rule.service !== service || (rule.operation !== undefined && rule.operation !== operation)) continue;
      if (rule.kind === 'latency') delayMs += rule.delayMs ?? 0;
      else if (failure) continue;
      else failure = rule.kind === 'cut' ? { kind: 'cut', cut: cutOf(rule) } : { kind: rule.kind };
      state.timesLeft -= 1;
      if (state.timesLeft <= 0) this.#rules.delete(rule);
    }
    return { delayMs: Math.min(delayMs, MAX_DELAY_MS), ...(failure && { failure }) };
  }
}

function cutOf(rule: FaultRule): Cut {
  return rule.afterBytes === undefined ? { afterChunks: rule.afterChunks ?? 1 } : { afterBytes: rule.afterBytes };
}

function checkRule(rule: FaultRule): void {
  const where = `fault "${rule.kind}" on ${rule.service}`;
  checkInteger(`${where}: times`, rule.times, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(`${where}: delayMs`, rule.delayMs, 0, MAX_DELAY_MS);
  checkInteger(`${where}: afterBytes`, rule.afterBytes, 0, Number.MAX_SAFE_INTEGER);
  checkInteger(`${where}: afterChunks`, rule.afterChunks, 0, Number.MAX_SAFE_INTEGER);
  const cuts = rule.afterBytes !== undefined || rule.afterChunks !== undefined;
  if (rule.kind === 'latency' && rule.delayMs === undefined) throw new RangeError(`${where}: delayMs is missing.`);
  if (rule.kind !== 'latency' && rule.delayMs !== undefined) throw new RangeError(`${where}: delayMs is for "latency" only.`);
  if (rule.kind !== 'cut' && cuts) throw new RangeError(`${where}: afterBytes and afterChunks are for "cut" only.`);
  if (rule.afterBytes !== undefined && rule.afterChunks !== undefined) {
    throw new RangeError(`${where}: give afterBytes or afterChunks, not both.`);
  }
}

function checkInteger(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max)) return;
  throw new RangeError(`${name} must be an integer from ${min} to ${max}; received ${value}.`);
}
