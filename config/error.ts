/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Where, as in `limits.requestsPerSecond`; empty for the whole. */
  readonly path: string;
  /** What was found and what is allowed. */
  readonly message: string;
}

/** A configuration that cannot be deployed. The message lists every problem and is meant for people: print it without the stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    /** The file, or the option, that the problems are in. */
    readonly source: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    const lines = problems.map(({ path, message }) => `  ${path === '' ? '' : `${path}: `}${message}`);
    super(`${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`);
  }
}

/** An environment that does not exist was asked for. */
export class UnknownEnvironmentError extends ConfigError {
  constructor(option: string, found: readonly string[], suggestion: string | undefined) {
    const message = `no such environment; found ${found.join(', ')}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
    super(option, [{ path: '', message }]);
    this.message = `${option}: ${message}`;
  }
}
