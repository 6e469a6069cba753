import * as path from 'node:path';
import type * as z from 'zod';
import { type Expectation, readSuite } from '../../bin/evals/suite';
import type { orderCancelled } from '../../lambdas/agents/churn/agent';
import type { deploymentFailed } from '../../lambdas/agents/deploys/agent';
import type { documentReceived } from '../../lambdas/agents/documents/agent';
import type { ticketOpened } from '../../lambdas/agents/support/agent';

/** An event as a producer would publish it, with what a person who knows the domain expects of the agent. */
interface Sample<Contract extends { readonly data: z.ZodType }> {
  readonly data: z.input<Contract['data']>;
  readonly expected: Readonly<Record<string, Expectation>>;
}

/** The cases of an agent's suite as events: what it shows the model of one of these is all of it. */
function samplesOf<Contract extends { readonly data: z.ZodType }>(
  agent: string,
  variable: string,
): [Sample<Contract>, ...Sample<Contract>[]] {
  const { cases } = readSuite(path.resolve(__dirname, '..', '..', 'evals'), agent);
  // Held to the contract by the agents' unit tests.
  return cases.map(({ variables, expect }) => ({ data: variables[variable], expected: expect })) as [Sample<Contract>];
}

export const sampleEvents = {
  churn: samplesOf<typeof orderCancelled>('churn', 'order'),
  documents: samplesOf<typeof documentReceived>('documents', 'document'),
  support: samplesOf<typeof ticketOpened>('support', 'ticket'),
  deploys: samplesOf<typeof deploymentFailed>('deploys', 'deployment'),
};
