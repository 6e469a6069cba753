import * as z from 'zod';
import { verdicts } from './verdict';

/** A decision that waits for a person: `open`, `claimed` by one of them, `resolved`. It never opens again. */
export const reviewCase = z.object({
  decisionId: z.string(),
  agent: z.string(),
  /** Of the agent. Absent on cases of before it was kept. */
  tenant: z.string().optional(),
  eventId: z.string(),
  callId: z.string(),
  confidence: z.number(),
  /** The event's data. */
  input: z.unknown(),
  /** What the agent answered. */
  prediction: z.unknown(),
  /** JSON schema of what may be answered in the agent's place. */
  outputSchema: z.record(z.string(), z.unknown()),
  /** What would be done if it is approved. */
  effects: z.array(z.object({ effect: z.string(), input: z.record(z.string(), z.unknown()) })),
  state: z.enum(['open', 'claimed', 'resolved']),
  /** Epoch milliseconds. */
  openedAtMs: z.number(),
  /** Epoch milliseconds; a case that nobody has resolved by then is denied. */
  expiresAtMs: z.number(),
  claimedBy: z.string().optional(),
  /** Epoch milliseconds; somebody else may claim it from then on. */
  claimedUntilMs: z.number().optional(),
  verdict: z.enum(verdicts).optional(),
  /** Absent when it expired. */
  resolvedBy: z.string().optional(),
  /** Epoch milliseconds. */
  resolvedAtMs: z.number().optional(),
  /** The output that takes the agent's place, when it was amended. */
  output: z.unknown(),
  note: z.string().optional(),
});

export type ReviewCase = Readonly<z.infer<typeof reviewCase>>;

export const reviewProblems = ['not_found', 'expired', 'already_resolved', 'claimed_by_another', 'not_claimed'] as const;
export type ReviewProblem = (typeof reviewProblems)[number];

/** A case is not as somebody thought. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';

  constructor(
    readonly problem: ReviewProblem,
    message: string,
  ) {
    super(message);
  }
}

/** Why nothing can be done with a case: for the message to whoever tried. @param found What the store has; undefined for nothing. */
export function problemOf(decisionId: string, found: ReviewCase | undefined, reviewer: string, nowMs: number): ReviewError {
  if (found === undefined) return new ReviewError('not_found', `There is no review of decision ${decisionId}.`);
  if (found.verdict === 'expire' || (found.state !== 'resolved' && found.expiresAtMs <= nowMs)) {
    return new ReviewError('expired', `The review of decision ${decisionId} expired at ${iso(found.expiresAtMs)}: it counts as denied.`);
  }
  if (found.state === 'resolved') {
    const when = found.resolvedAtMs === undefined ? '' : ` at ${iso(found.resolvedAtMs)}`;
    return new ReviewError(
      'already_resolved',
      `The review of decision ${decisionId} was resolved by ${found.resolvedBy}${when}: ${found.verdict}.`,
    );
  }
  if (found.state === 'claimed' && found.claimedBy !== reviewer && (found.claimedUntilMs ?? 0) > nowMs) {
    return new ReviewError(
      'claimed_by_another',
      `The review of decision ${decisionId} is claimed by ${found.claimedBy} until ${iso(found.claimedUntilMs ?? 0)}.`,
    );
  }
  return new ReviewError(
    'not_claimed',
    `The review of decision ${decisionId} is not claimed by ${reviewer}, or no longer: claim it first.`,
  );
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
