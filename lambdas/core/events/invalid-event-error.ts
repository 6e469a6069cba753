/** Why an event is none of its contract. */
export type InvalidEventReason =
  /** The body is no JSON. */
  | 'not_json'
  /** It is JSON, and not what EventBridge delivers. */
  | 'not_an_event'
  /** It is of another name or owner: the rule in front of the reader lets too much through. */
  | 'other_event'
  /** It is of a version that the reader does not know. */
  | 'unknown_version'
  /** A field is missing, too much, or of the wrong type or value. */
  | 'invalid_detail'
  /** It is longer than what can be delivered. */
  | 'too_large';

/** An event that no repetition can make readable. Its message names fields and what is wrong with them, and holds no values of theirs. */
export class InvalidEventError extends Error {
  override readonly name = 'InvalidEventError';

  constructor(
    readonly reason: InvalidEventReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
