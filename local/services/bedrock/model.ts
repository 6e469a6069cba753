export type JsonObject = Readonly<Record<string, unknown>>;

/** A content block of a message, as far as a model reads it. */
export type ModelContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly format: string; readonly bytes: number }
  | { readonly kind: 'toolUse'; readonly id: string; readonly name: string; readonly input: JsonObject }
  /** JSON in a result is here as its text. */
  | { readonly kind: 'toolResult'; readonly id: string; readonly texts: readonly string[] };

export interface ModelMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ModelContent[];
}

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** A JSON schema of an object. */
  readonly inputSchema: JsonObject;
}

export interface ToolOffer {
  readonly tools: readonly ModelTool[];
  /** `auto` leaves it to the model, `any` has it call one, a name has it call that one. */
  readonly choice: 'auto' | 'any' | { readonly name: string };
  /** Whether it may call several at once. */
  readonly parallel: boolean;
}

export interface ModelRequest {
  /** As the caller named it: an id or an ARN. */
  readonly modelId: string;
  readonly system: readonly string[];
  readonly messages: readonly ModelMessage[];
  readonly maxTokens: number;
  readonly stopSequences: readonly string[];
  readonly offer?: ToolOffer;
  /** The JSON schema that the text must have. */
  readonly textSchema?: JsonObject;
}

/** Part of an answer. In the order in which they are streamed, the deltas are its text, or the JSON of its input. */
export type AnswerBlock =
  | { readonly kind: 'text'; readonly deltas: readonly string[] }
  | { readonly kind: 'toolUse'; readonly id: string; readonly name: string; readonly deltas: readonly string[] };

export interface ModelAnswer {
  readonly blocks: readonly AnswerBlock[];
  readonly stopReason: 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use';
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
