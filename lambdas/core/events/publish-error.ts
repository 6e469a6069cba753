export interface FailedEvent {
  readonly id: string;
  /** Of its contract. */
  readonly name: string;
  /** EventBridge's for the event, or the name of the error that its request ended in. */
  readonly code: string;
  readonly message: string;
}

/**
 * Events that the bus has not taken, or of which nobody knows since the answer was lost; all others are on the bus. Publishing them again with the
 * same ids does no harm.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError';

  constructor(
    readonly failed: readonly FailedEvent[],
    total: number,
    options?: ErrorOptions,
  ) {
    const [first] = failed;
    super(
      `${failed.length} of ${total} events were not published; the first is '${first?.name}' ${first?.id}: ${first?.code} ${first?.message}`,
      options,
    );
  }
}
