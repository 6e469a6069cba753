import type { DecisionRecord } from '../../core/audit-record';
import { GatewayError } from '../../core/errors';
import type { ApplyGuardrail } from '../../core/guardrail/apply-guardrail';
import { applyToTexts } from '../../core/guardrail/apply-to-texts';
import type { GuardedPart } from '../../core/safety/guard';
import { isJson } from '../../core/safety/json-strings';
import type { Direction } from '../../core/safety/safety-policy';
import { Findings, refusalOf } from '../../core/safety/verdict';
import { verdictRecords } from './verdict-records';

/** What may go on, or that nothing may. */
export type ManagedVerdict = { readonly blocked: false; readonly texts: readonly string[] } | { readonly blocked: true };

/** The environment's guardrail, as a part of the policy that one call is held to. Whatever it does not answer is an error, never a pass. */
export class ManagedGuard {
  readonly #findings = { asked: new Findings(), answered: new Findings() };

  constructor(
    private readonly policyId: string,
    private readonly directions: readonly Direction[],
    private readonly apply: ApplyGuardrail,
    /** Told of the text units of each request. */
    private readonly onUnits: (units: number) => void,
  ) {}

  looksAt(direction: Direction): boolean {
    return this.directions.includes(direction);
  }

  /** Looks at what goes to a model: what callers say and what was retrieved each on its own, at the same time. */
  async input(parts: readonly GuardedPart[]): Promise<ManagedVerdict> {
    const texts = parts.map(({ text }) => text);
    const looked = await Promise.all(
      (['input', 'retrieved'] as const).map(async (origin) => {
        if (!this.looksAt(origin)) return false;
        const places = parts.flatMap((part, index) => (part.origin === origin && part.text.trim() !== '' ? [index] : []));
        const verdict = await this.#ask(
          origin,
          places.map((place) => texts[place] as string),
        );
        if (verdict.blocked) return true;
        for (const [at, place] of places.entries()) texts[place] = verdict.texts[at] as string;
        return false;
      }),
    );
    if (looked.includes(true)) return { blocked: true };
    for (const [index, { text, format }] of parts.entries()) if (format === 'json') mustStayJson(text, texts[index] as string);
    return { blocked: false, texts };
  }

  /** Looks at texts of an answer, together. None of them empty. */
  output(texts: readonly string[]): Promise<ManagedVerdict> {
    return this.#ask('output', texts);
  }

  /** Something was found that lies in two parts of an answer, one of which the caller has: there is no taking it back. */
  blockOverlap(): void {
    this.#findings.answered.add({ policy: 'guardrail', name: 'other', direction: 'output', action: 'block' });
  }

  /** Of what was asked or answered, once it is blocked. */
  refusal(of: 'asked' | 'answered'): GatewayError {
    return new GatewayError('content_blocked', refusalOf(this.policyId, this.#findings[of].toVerdict()));
  }

  /** For the decision trail. */
  records(of: 'asked' | 'answered'): readonly DecisionRecord[] {
    return verdictRecords(this.policyId, this.#findings[of].toVerdict());
  }

  async #ask(direction: Direction, texts: readonly string[]): Promise<ManagedVerdict> {
    if (texts.length === 0) return { blocked: false, texts };
    const verdict = await applyToTexts(this.apply, direction === 'output' ? 'OUTPUT' : 'INPUT', texts);
    this.onUnits(verdict.units);
    const findings = direction === 'output' ? this.#findings.answered : this.#findings.asked;
    for (const { name, action } of verdict.findings) findings.add({ policy: 'guardrail', name, direction, action });
    if (verdict.outcome === 'blocked') return { blocked: true };
    return { blocked: false, texts: verdict.outcome === 'masked' ? verdict.texts : texts };
  }
}

/** @throws Error for JSON that masking has broken: what it means then, nobody knows. */
export function mustStayJson(before: string, after: string): void {
  if (before !== after && isJson(before) && !isJson(after)) throw new Error('The guardrail masked a text so that it is no JSON any more.');
}
