import { validationError } from './errors';

/** AWS's own wording, then what was wrong. */
export function malformed(detail: string): Error {
  return validationError(`Statement wasn't well formed, can't be processed: ${detail}`);
}

/** Reads a PartiQL statement token by token, from left to right and never twice. */
export class PartiqlScanner {
  #at = 0;

  constructor(readonly text: string) {}

  get isAtEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.text.length;
  }

  /** The next word in upper case, if the next token is one. */
  takeWord(): string | undefined {
    return this.#take(/[A-Za-z_][A-Za-z0-9_]*/y)?.toUpperCase();
  }

  expectWord<T extends string>(...expected: readonly T[]): T {
    const at = this.#at;
    const word = this.takeWord();
    const found = expected.find((candidate) => candidate === word);
    if (found !== undefined) return found;
    this.#at = at;
    throw this.error(`expected ${expected.join(' or ')}`);
  }

  /** Skips up to and including a word that does not stand in quotes. */
  skipPast(word: string): void {
    while (!this.isAtEnd) {
      const quoted = this.takeString() ?? this.#takeQuoted('"');
      if (quoted === undefined && this.#take(/\w+|\W/y)?.toUpperCase() === word) return;
    }
    throw this.error(`expected ${word}`);
  }

  takeSymbol(symbol: string): boolean {
    this.#skipSpace();
    if (!this.text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.error(`expected ${symbol}`);
  }

  /** `'…'` with `''` for a quote. */
  takeString(): string | undefined {
    return this.#takeQuoted("'");
  }

  takeNumber(): string | undefined {
    return this.#take(/[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y);
  }

  /** A name as it stands, or in double quotes. */
  expectName(): string {
    const name = this.#takeQuoted('"') ?? this.#take(/[A-Za-z_][A-Za-z0-9_]*/y);
    if (name === undefined || name === '')
      throw this.error('expected a table name, in double quotes if it has other characters than letters, digits and _');
    return name;
  }

  error(detail: string): Error {
    const rest = this.text.slice(this.#at, this.#at + 20);
    return malformed(`${detail} at position ${this.#at + 1}, found ${rest === '' ? 'the end' : JSON.stringify(rest)}`);
  }

  #takeQuoted(quote: string): string | undefined {
    this.#skipSpace();
    if (this.text[this.#at] !== quote) return undefined;
    let value = '';
    for (let from = this.#at + 1; ; ) {
      const end = this.text.indexOf(quote, from);
      if (end < 0) throw this.error(`a ${quote} that is not closed`);
      value += this.text.slice(from, end);
      this.#at = end + 1;
      if (this.text[this.#at] !== quote) return value;
      value += quote;
      from = this.#at + 1;
    }
  }

  #take(pattern: RegExp): string | undefined {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.text[this.#at] ?? 'x')) this.#at++;
  }
}
