export interface ModelMessage {
  readonly role: 'user' | 'assistant';
  /** The texts of its content blocks. */
  readonly texts: readonly string[];
}

export interface ModelRequest {
  /** As the caller named it: an id or an ARN. */
  readonly modelId: string;
  readonly system: readonly string[];
  readonly messages: readonly ModelMessage[];
  readonly maxTokens: number;
  readonly stopSequences: readonly string[];
}

/** Part of an answer. */
export interface TextBlock {
  readonly kind: 'text';
  /** In the order in which they are streamed; together they are the text. */
  readonly deltas: readonly string[];
}

export interface ModelAnswer {
  readonly blocks: readonly TextBlock[];
  readonly stopReason: 'end_turn' | 'max_tokens' | 'stop_sequence';
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Answers at once; how long a real model would take is added by the service. The same request gives the same answer. */
export interface Model {
  answer(request: ModelRequest): ModelAnswer;
}

const BYTES_PER_TOKEN = 4;

/** The emulator's rule: a token for every four bytes of UTF-8, the last one begun counts. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The longest beginning of the text of at most so many tokens, without cutting a character. */
export function firstTokens(text: string, maxTokens: number): string {
  const bytes = Buffer.from(text);
  let end = Math.min(bytes.length, maxTokens * BYTES_PER_TOKEN);
  // A byte 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
