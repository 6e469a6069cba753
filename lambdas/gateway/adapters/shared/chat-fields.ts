/**
 * Fields of a chat request, beside `messages`, that Converse and Anthropic's API have words for. What a model cannot honour of them is
 * refused where it is translated.
 */
export const CHAT_FIELDS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
]);
