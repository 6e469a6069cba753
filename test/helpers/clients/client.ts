import type * as z from 'zod';

/** Where a client finds the gateway, and which model it asks. */
export interface Asked {
  /** With `/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
}

export interface Said {
  readonly text: string;
  /** As OpenAI names them, but for `-` in place of `_`. */
  readonly finishReason: string;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** What the client's own error says, when it is of the class that the client has for it. */
export interface Refused {
  readonly class: string;
  readonly status: number | undefined;
  readonly code: unknown;
}

export interface CityTool {
  readonly name: string;
  readonly description: string;
  /** Called with what the model said. */
  readonly run: (input: { readonly city: string }) => string;
}

/** How a client is told to leave. */
export interface Leaving {
  readonly signal: AbortSignal;
  readonly abort: () => void;
}

/** What the matrix has a client do, each in the way that its own documentation shows. Nothing is tried again. */
export interface MatrixClient {
  text(asked: Asked, prompt: string): Promise<Said>;
  /** The pieces as they came. */
  stream(asked: Asked, prompt: string): Promise<Said & { readonly pieces: readonly string[] }>;
  /** Lets the model call the tool, gives it the result, and returns the answer after it. */
  tools(asked: Asked, prompt: string, tool: CityTool, how: { readonly stream: boolean }): Promise<Said>;
  /** An answer in a schema, as the client read it. */
  object<T>(asked: Asked, prompt: string, schema: z.ZodType<T>): Promise<T>;
  /** @param png In base64. */
  image(asked: Asked, prompt: string, png: string): Promise<Said>;
  /** Leaves a stream as soon as a piece is there. Resolves with what came before, when the client says that it is over; rejects when it says that it failed. */
  leave(asked: Asked, prompt: string, leaving: Leaving): Promise<string>;
  /** @returns of what the call was refused. @throws what is no error of the client's. */
  refusal(asked: Asked, how: { readonly stream: boolean; readonly temperature?: number }): Promise<Refused>;
}
