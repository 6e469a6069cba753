import type { Kind } from './kinds';
import type { Direction } from './safety-policy';

/** Which part of a policy found something: a kind by its name, a content rule by its own, the check for injections, or the guardrail by its topic, filter or kind. */
export type FindingName = Kind | 'prompt_injection' | (string & {});

/** What was found, how often and what was done. Never what the text was. */
export interface Finding {
  readonly policy: 'kind' | 'rule' | 'injection' | 'guardrail';
  readonly name: FindingName;
  readonly direction: Direction;
  readonly action: 'redact' | 'block' | 'report';
  readonly count: number;
}

export interface Verdict {
  readonly outcome: 'allowed' | 'redacted' | 'blocked';
  /** By direction, policy and name. */
  readonly findings: readonly Finding[];
}

/** Counts of finds while a text is looked through. */
export class Findings {
  readonly #counts = new Map<string, Finding>();
  #blocked = false;
  #redacted = false;

  add(finding: Omit<Finding, 'count'>, count = 1): void {
    const key = `${finding.direction} ${finding.policy} ${finding.name} ${finding.action}`;
    const before = this.#counts.get(key)?.count ?? 0;
    const { policy, name, direction, action } = finding;
    this.#counts.set(key, { policy, name, direction, action, count: before + count });
    if (action === 'block') this.#blocked = true;
    if (action === 'redact') this.#redacted = true;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  toVerdict(): Verdict {
    const outcome = this.#blocked ? 'blocked' : this.#redacted ? 'redacted' : 'allowed';
    return { outcome, findings: [...this.#counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding) };
  }
}

const DIRECTION_WORDS = { input: 'The input', retrieved: 'A text retrieved for the input', output: 'The answer' } as const;

const PART_WORDS = {
  kind: 'for content of the kind',
  rule: 'by its content rule',
  injection: 'by its check',
  guardrail: 'by its guardrail, for',
} as const;

/** What a caller is told of a call that was blocked: by which policy, for what, how often, and never by which words. */
export function refusalOf(policyId: string, { findings }: Verdict): string {
  const blocks = findings.filter(({ action }) => action === 'block');
  const parts = blocks.map(({ direction, policy, name, count }) => {
    return `${DIRECTION_WORDS[direction]} was blocked by the safety policy "${policyId}" ${PART_WORDS[policy]} "${name}" (found ${count === 1 ? 'once' : `${count} times`}).`;
  });
  const advice = blocks.some(({ direction }) => direction !== 'output')
    ? 'Remove what it names and ask again.'
    : 'Ask for an answer without it.';
  return [...parts, advice].join(' ');
}

/** The verdict on a text of which several parts were looked at on their own. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  const all = new Findings();
  for (const { findings } of verdicts) for (const { count, ...finding } of findings) all.add(finding, count);
  return all.toVerdict();
}
