import type { Publisher } from '../events';
import { reviewResolved } from './events';
import type { ReviewCase } from './review-case';
import type { ReviewStore } from './review-store';

/** Puts how a case was resolved on the bus, for its agent to carry on. Once more is the same event: its id is the case's. */
export async function tellAgent({ decisionId, agent, verdict }: ReviewCase, store: ReviewStore, publisher: Publisher): Promise<void> {
  if (verdict === undefined) throw new RangeError(`The case of decision ${decisionId} is not resolved: there is nothing to tell.`);
  await publisher.publish(reviewResolved, { agent, decision_id: decisionId, verdict }, { id: `review.${decisionId}` });
  await store.told(decisionId);
}
