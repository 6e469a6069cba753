/** What is sent of the Messages API: platform.claude.com/docs, "Create a Message". */
export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly stream: true;
  readonly system?: readonly TextParam[];
  readonly messages: readonly MessageParam[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly stop_sequences?: readonly string[];
  readonly tools?: readonly ToolParam[];
  readonly tool_choice?: ToolChoiceParam;
  readonly output_config?: OutputConfigParam;
  readonly metadata?: { readonly user_id: string };
}

export interface MessageParam {
  readonly role: 'user' | 'assistant';
  readonly content: readonly BlockParam[];
}

/** Marks the end of a prefix that the prompt cache is to keep, for five minutes. */
interface Cacheable {
  readonly cache_control?: { readonly type: 'ephemeral' };
}

export interface TextParam extends Cacheable {
  readonly type: 'text';
  readonly text: string;
}

interface ImageParam extends Cacheable {
  readonly type: 'image';
  readonly source: { readonly type: 'base64'; readonly media_type: string; readonly data: string };
}

interface ToolUseParam {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface ToolResultParam extends Cacheable {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content?: readonly { readonly type: 'text'; readonly text: string }[];
}

export type BlockParam = TextParam | ImageParam | ToolUseParam | ToolResultParam;

export interface ToolParam {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: Readonly<Record<string, unknown>>;
  readonly strict?: true;
}

export type ToolChoiceParam =
  | { readonly type: 'none' }
  | { readonly type: 'auto' | 'any'; readonly disable_parallel_tool_use?: true }
  | { readonly type: 'tool'; readonly name: string; readonly disable_parallel_tool_use?: true };

export interface OutputConfigParam {
  readonly format?: { readonly type: 'json_schema'; readonly schema: Readonly<Record<string, unknown>> };
  readonly effort?: string;
}
