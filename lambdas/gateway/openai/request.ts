import * as z from 'zod';

/**
 * The chat request as OpenAI's clients send it. Fields that the gateway does not know survive (loose objects): whether they can be
 * honoured is for the model's adapter to say.
 */

const MAX_STOP_SEQUENCES = 4;
const MAX_METADATA_PAIRS = 16;

/** Text; or images, files and audio, which are known to some adapters. */
const contentPart = z
  .looseObject({ type: z.string(), text: z.string().optional() })
  .refine((part) => part.type !== 'text' || part.text !== undefined, { path: ['text'], error: 'a string' });

const chatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(contentPart).min(1)]).optional(),
});

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
  user: z.string().max(512).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((metadata) => Object.keys(metadata).length <= MAX_METADATA_PAIRS, `at most ${MAX_METADATA_PAIRS} pairs`)
    .optional(),
});

export type ChatRequest = z.infer<typeof chatRequest>;
export type ChatMessage = z.infer<typeof chatMessage>;
