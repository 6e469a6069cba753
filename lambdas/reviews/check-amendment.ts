import type { ReviewStore } from '../core/agents/review-store';
import { compileJsonSchema } from '../gateway/validation/json-schema-check';
import { ApiError } from './problem';

/**
 * Holds what a person answers in an agent's place to the schema that the agent's own answers have: a review is resolved once, and its agent could not
 * carry on with anything else.
 *
 * @throws ApiError `invalid_request`
 */
export async function checkAmendment(store: ReviewStore, decisionId: string, output: Readonly<Record<string, unknown>>): Promise<void> {
  const found = await store.get(decisionId);
  // What else is wrong with the case, resolving it tells.
  if (found === undefined) return;
  const violations = compileJsonSchema(found.outputSchema)(output);
  if (violations.length === 0) return;
  const told = violations.map(({ path, message }) => `${path || 'the output'}: ${message}`).join('; ');
  throw new ApiError('invalid_request', `The output is none of agent ${found.agent}: ${told}`);
}
