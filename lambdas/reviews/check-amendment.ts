import type { ReviewCase } from '../core/agents/review-case';
import { compileJsonSchema } from '../gateway/validation/json-schema-check';
import { ApiError } from './problem';

/**
 * Holds what a person answers in an agent's place to the schema that the agent's own answers have: a review is resolved once, and its agent could not
 * carry on with anything else.
 *
 * @throws ApiError `invalid_request`
 */
export function checkAmendment(found: ReviewCase, output: Readonly<Record<string, unknown>>): void {
  const violations = compileJsonSchema(found.outputSchema)(output);
  if (violations.length === 0) return;
  const told = violations.map(({ path, message }) => `${path || 'the output'}: ${message}`).join('; ');
  throw new ApiError('invalid_request', `The output is none of agent ${found.agent}: ${told}`);
}
