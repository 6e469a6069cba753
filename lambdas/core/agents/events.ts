import * as z from 'zod';
import { defineEvent } from '../events';
import { verdicts } from './verdict';

/** An agent wants something done: what its effects are by default, for whoever is to do them. */
export const effectRequested = defineEvent({
  name: 'agent.effect-requested',
  version: 1,
  owner: 'agents',
  description:
    'An agent has decided that something is to be done. The event’s id is the effect’s key: the same however often it is asked for.',
  data: z.strictObject({
    agent: z.string(),
    effect: z.string(),
    decision_id: z.string(),
    /** As the effect is defined. */
    input: z.record(z.string(), z.json()),
  }),
});

/** A person has resolved a review, or nobody did in time. */
export const reviewResolved = defineEvent({
  name: 'review.resolved',
  version: 1,
  owner: 'reviews',
  description: 'The case of a decision is resolved; its agent carries on.',
  data: z.strictObject({ agent: z.string(), decision_id: z.string(), verdict: z.enum(verdicts) }),
});
