/** What a streamed Lambda response says before its body. */
export interface Prelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly cookies?: readonly string[];
}

/** The first bytes of a streamed response are not a prelude. */
export class PreludeError extends Error {}

const SEPARATOR = Buffer.alloc(8);
/** API Gateway's own limit is not published; a prelude is headers, and those are limited to this. */
const MAX_PRELUDE_BYTES = 64 * 1024;

/** Splits a response, fed in pieces, into its prelude and its body. */
export class PreludeReader {
  private buffered = Buffer.alloc(0);
  private prelude?: Prelude;

  /**
   * Takes the next piece; gives the prelude once it is complete, and what of the body is in the piece.
   * @throws PreludeError
   */
  feed(piece: Uint8Array): { prelude?: Prelude; body: Uint8Array } {
    if (this.prelude) return { body: piece };
    this.buffered = Buffer.concat([this.buffered, piece]);
    const end = this.buffered.indexOf(SEPARATOR);
    if (end < 0) {
      if (this.buffered.length > MAX_PRELUDE_BYTES) throw new PreludeError('The response has no end of prelude (eight NUL bytes).');
      return { body: new Uint8Array() };
    }
    const body = this.buffered.subarray(end + SEPARATOR.length);
    try {
      this.prelude = JSON.parse(this.buffered.toString('utf8', 0, end)) as Prelude;
    } catch (cause) {
      throw new PreludeError('The prelude of the response is not JSON.', { cause });
    }
    return { prelude: this.prelude, body };
  }
}
