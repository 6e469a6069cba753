import * as z from 'zod';
import { taskTypes } from '../../core/routing-policy';
import { jsonSchemaObject } from './json-schema';

/**
 * The chat request as OpenAI's clients send it. Fields that the gateway does not know survive (loose objects): whether they can be
 * honoured is for the model's adapter to say.
 */

const MAX_STOP_SEQUENCES = 4;
const MAX_TOP_LOGPROBS = 20;
const MAX_METADATA_PAIRS = 16;
const MAX_TOOLS = 128;
/** More than any call can cost; what is above is a mistake in the unit. */
const MAX_COST_USD = 10_000;

/** Of functions and schemas. */
const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, { error: '1 to 64 letters, digits, "_" or "-"' });

/** Text; or images, files and audio, which are known to some adapters. */
const contentPart = z
  .looseObject({
    type: z.string(),
    text: z.string().optional(),
    image_url: z.looseObject({ url: z.string(), detail: z.string().optional() }).optional(),
  })
  .refine((part) => part.type !== 'text' || part.text !== undefined, { path: ['text'], error: 'a string' })
  .refine((part) => part.type !== 'image_url' || part.image_url !== undefined, { path: ['image_url'], error: 'an object' });

const toolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal('function').optional(),
  function: z.looseObject({ name, arguments: z.string() }),
});

const chatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(contentPart).min(1)]).optional(),
  tool_calls: z.array(toolCall).optional(),
  tool_call_id: z.string().optional(),
});

const functionTool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name,
    description: z.string().nullish(),
    /** A JSON schema of an object; absent: a function without arguments. */
    parameters: jsonSchemaObject.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: z.looseObject({ name }) }),
]);

const responseSchema = z.looseObject({
  name,
  description: z.string().nullish(),
  schema: jsonSchemaObject,
  /** Whether the answer is held to the schema, rather than only told of it. */
  strict: z.boolean().nullish(),
});

const responseFormat = z
  .looseObject({ type: z.enum(['text', 'json_object', 'json_schema']), json_schema: responseSchema.optional() })
  .refine((format) => format.type !== 'json_schema' || format.json_schema !== undefined, { path: ['json_schema'], error: 'an object' });

const stopSequence = z.string().min(1);

export const chatRequest = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(chatMessage).min(1),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  stop: z.union([stopSequence, z.array(stopSequence).max(MAX_STOP_SEQUENCES)]).optional(),
  tools: z.array(functionTool).max(MAX_TOOLS).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat.optional(),
  reasoning_effort: z.string().optional(),
  logprobs: z.boolean().optional(),
  top_logprobs: z.int().min(0).max(MAX_TOP_LOGPROBS).optional(),
  /** Ours: what the call is for, and what it may cost at worst. */
  task_type: z.enum(taskTypes).optional(),
  max_cost_usd: z.number().positive().max(MAX_COST_USD).optional(),
  user: z.string().max(512).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((metadata) => Object.keys(metadata).length <= MAX_METADATA_PAIRS, `at most ${MAX_METADATA_PAIRS} pairs`)
    .optional(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type ChatMessage = z.infer<typeof chatMessage>;
export type ContentPart = z.infer<typeof contentPart>;
export type ToolCall = z.infer<typeof toolCall>;
export type FunctionTool = z.infer<typeof functionTool>;
/** What an answer is to be. */
export type ResponseSchema = z.infer<typeof responseSchema>;
