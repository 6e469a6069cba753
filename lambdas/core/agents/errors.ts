/** Why an event could not be worked on. Every one of these sends its message back to the queue, and after the last receive to the dead-letter queue. */

/** An event's id was used before, with another body. Nothing is done: which of the two is meant, nobody here can tell. */
export class EventConflictError extends Error {
  override readonly name = 'EventConflictError';
}

/** The gateway did not answer, or refused. */
export class GatewayCallError extends Error {
  override readonly name = 'GatewayCallError';

  constructor(
    message: string,
    /** HTTP status; undefined when there was no answer. */
    readonly status: number | undefined,
    /** Of the call, where there is one: `GET /v1/calls/{id}` tells more. */
    readonly callId: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The model's answer is not what the agent's output schema asks for. */
export class AgentOutputError extends Error {
  override readonly name = 'AgentOutputError';

  constructor(
    message: string,
    readonly callId: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A port is certain that nothing was done: the effect may be asked for again. */
export class EffectRefusedError extends Error {
  override readonly name = 'EffectRefusedError';
}

/** An effect that may be asked for only once was, and nobody knows what came of it. A person has to look. */
export class EffectUnknownError extends Error {
  override readonly name = 'EffectUnknownError';

  constructor(
    readonly key: string,
    options?: ErrorOptions,
  ) {
    super(
      `Effect ${key} was asked for before and nobody knows what came of it; its destination knows no keys, so it is not asked again. Look there whether it was done.`,
      options,
    );
  }
}

/** There is no time left to begin in this invocation. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
}

/** A review's resolution that does not fit its case. */
export class ResolutionError extends Error {
  override readonly name = 'ResolutionError';
}
