import type { PolicyDocument, PolicyStatement } from '../../iam/types';
import type { Destination } from '../../delivery/destination';
import type { Input } from './input';
import type { EventPattern } from './pattern';

/** An event on a bus, as rules see it and targets get it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, to the second. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export interface Bus {
  readonly name: string;
  readonly arn: string;
  /** Grows as the template's policies attach themselves. */
  readonly statements: PolicyStatement[];
}

export interface RuleTarget {
  readonly id: string;
  readonly destination: Destination;
  readonly input: Input;
  /** Queue that gets what cannot be delivered. @default - it is dropped */
  readonly deadLetter?: Destination;
}

/** A rule that looks at events; one on a schedule is no such rule. */
export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly pattern: EventPattern;
  readonly targets: readonly RuleTarget[];
}

export function policyOf({ statements }: Bus): PolicyDocument | undefined {
  return statements.length === 0 ? undefined : { Statement: statements };
}

/** ISO 8601 to the second, as EventBridge writes it. */
export function secondsText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
