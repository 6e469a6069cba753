import { createHash, hash, type Hash } from 'node:crypto';
import type { GatewayError } from '../core/errors';
import { costMicroUsd } from '../core/money';
import type { ModelPrice } from '../core/platform';
import { NO_USAGE, type Usage } from '../core/usage';
import type { FinishReason, ModelEvent } from './adapters/adapter';
import type { Violation } from './validation/json-schema-check';

/** For estimates where the provider reported nothing. English has about 4 bytes to a token; 3 errs on the high side. */
const BYTES_PER_TOKEN = 3;
/** In UTF-16 units. */
const MAX_UNHASHED_CHARACTERS = 65_536;
/** Of an image as large as most models see it, at one token for 750 pixels. */
const TOKENS_PER_IMAGE = 1_600;

export interface Charge {
  readonly usage: Usage;
  readonly estimated: boolean;
  readonly costMicroUsd: number;
}

/** What became of one model's answer, counted while it passes. */
export class Tally {
  /** Of the output so far but for what is not hashed yet: a call of the hash costs the same, however little it is given. */
  #hash: Hash | undefined;
  #unhashed = '';
  #hasOutput: boolean;
  #hashedBytes = 0;
  #reasoningBytes = 0;
  #begun = false;
  #usage: Usage | undefined;
  #finishReason: FinishReason | undefined;
  #error: GatewayError | undefined;
  #violations: readonly Violation[] | undefined;
  /** Time spent waiting for the model, in milliseconds. */
  modelMs = 0;
  /** On the monotonic clock; undefined until the model begins to answer. */
  firstEventMs: number | undefined;
  /** On the monotonic clock; undefined while the model is at work. */
  endedMs: number | undefined;

  constructor(
    /** On the monotonic clock. */
    readonly startedMs: number,
    private readonly limits: { readonly inputBytes: number; readonly images: number; readonly maxTokens: number },
    /** The attempt whose answer this one goes on from: the answer's hash is of both. */
    before?: Tally,
  ) {
    if (before !== undefined) this.#hash = before.#hashed().copy();
    this.#hasOutput = before !== undefined && before.#hasOutput;
  }

  record(event: ModelEvent): void {
    this.#begun = true;
    switch (event.type) {
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finish':
        this.#finishReason = event.reason;
        break;
      case 'tool_call':
        this.#output(event.name);
        break;
      case 'reasoning':
        this.#reasoningBytes += Buffer.byteLength(event.text);
        break;
      case 'text':
      case 'tool_arguments':
        this.#output(event.text);
        break;
    }
  }

  #output(text: string): void {
    this.#hasOutput ||= text !== '';
    this.#unhashed += text;
    if (this.#unhashed.length > MAX_UNHASHED_CHARACTERS) this.#hashed();
  }

  /** The hash of all output. */
  #hashed(): Hash {
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#unhashed, 'utf8');
    this.#hashedBytes += Buffer.byteLength(this.#unhashed);
    this.#unhashed = '';
    return this.#hash;
  }

  /** @param violations None: the answer holds to its schema. */
  checked(violations: readonly Violation[]): void {
    this.#violations = violations;
  }

  /** Undefined for an answer that was held to no schema. */
  get violations(): readonly Violation[] | undefined {
    return this.#violations;
  }

  get isInvalid(): boolean {
    return this.#violations !== undefined && this.#violations.length > 0;
  }

  /** The first reason stands. */
  fail(error: GatewayError): void {
    this.#error ??= error;
  }

  get error(): GatewayError | undefined {
    return this.#error;
  }

  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  get hasOutput(): boolean {
    return this.#hasOutput;
  }

  /** SHA-256 of the answer's text, and of its tool calls' names and arguments, in hex; undefined when there was none. */
  outputHash(): string | undefined {
    if (!this.#hasOutput) return undefined;
    return this.#hash === undefined ? hash('sha256', this.#unhashed) : this.#hashed().copy().digest('hex');
  }

  /**
   * What the call is charged: the provider's usage; an estimate where the model had begun to answer and reported none (the call was cut
   * or cancelled); nothing where it had not begun.
   */
  charge(price: ModelPrice): Charge {
    const usage = this.#usage ?? (this.#begun ? this.#estimate() : NO_USAGE);
    return { usage, estimated: this.#begun && this.#usage === undefined, costMicroUsd: costMicroUsd(usage, price) };
  }

  #estimate(): Usage {
    const outputBytes = this.#reasoningBytes + this.#hashedBytes + Buffer.byteLength(this.#unhashed);
    const outputTokens = Math.min(Math.ceil(outputBytes / BYTES_PER_TOKEN), this.limits.maxTokens);
    const inputTokens = Math.ceil(this.limits.inputBytes / BYTES_PER_TOKEN) + this.limits.images * TOKENS_PER_IMAGE;
    return { ...NO_USAGE, inputTokens, outputTokens };
  }
}
