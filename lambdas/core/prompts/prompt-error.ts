/** Where in a template something is wrong. All count from 1, but for the message's index. */
export interface TemplatePlace {
  /** Index in `messages`. */
  readonly message: number;
  readonly line: number;
  /** In characters (UTF-16 code units). */
  readonly column: number;
}

/** A prompt that cannot be released. The message says what is wrong and what to change. */
export class PromptError extends Error {
  override readonly name = 'PromptError';

  constructor(
    message: string,
    /** Absent where it is no template that is wrong. */
    readonly place?: TemplatePlace,
  ) {
    super(message);
  }
}
