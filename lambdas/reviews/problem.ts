import type { ReviewProblem } from '../core/agents/review-case';

/** Every error of the review API, with its HTTP status. */
export const reviewErrors = {
  invalid_request: 400,
  invalid_json: 400,
  access_denied: 403,
  review_not_found: 404,
  route_not_found: 404,
  review_claimed: 409,
  review_not_claimed: 409,
  review_resolved: 409,
  review_expired: 409,
  internal_error: 500,
} as const;

export type ReviewErrorCode = keyof typeof reviewErrors;

export const codeOfProblem: Readonly<Record<ReviewProblem, ReviewErrorCode>> = {
  not_found: 'review_not_found',
  expired: 'review_expired',
  already_resolved: 'review_resolved',
  claimed_by_another: 'review_claimed',
  not_claimed: 'review_not_claimed',
};

/** What a caller is told. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: ReviewErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
