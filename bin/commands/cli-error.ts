/** The command line was used wrongly: the message is for people, the exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was understood and could not be done: the message is for people, the exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
