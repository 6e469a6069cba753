import * as z from 'zod';
import type { AnswerBlock, ModelAnswer, ModelContent, ModelRequest } from '../../../local/services/bedrock/model';

/** Anthropic's Messages API at the wire, as far as the gateway sends it: any other member is refused, as Anthropic refuses it. */

const json = z.record(z.string(), z.unknown());
const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({ type: z.literal('base64'), media_type: z.string().startsWith('image/'), data: z.base64() }),
});
const toolUse = z.strictObject({ type: z.literal('tool_use'), id: z.string().min(1), name: z.string().min(1), input: json });
const toolResult = z.strictObject({ type: z.literal('tool_result'), tool_use_id: z.string().min(1), content: z.array(text).optional() });
const block = z.discriminatedUnion('type', [text, image, toolUse, toolResult]);
const messagesRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  stream: z.literal(true),
  system: z.array(text).optional(),
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })).min(1),
  temperature: z.number().min(0).max(1).optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        description: z.string().optional(),
        input_schema: json,
        strict: z.literal(true).optional(),
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['none', 'auto', 'any']) }),
      z.strictObject({ type: z.literal('tool'), name: z.string() }),
    ])
    .optional(),
  output_config: z.strictObject({ format: z.strictObject({ type: z.literal('json_schema'), schema: json }) }).optional(),
});

/** What the model is asked. @throws z.ZodError for what is no request of this API. */
export function readMessages(body: unknown): ModelRequest {
  const {
    model,
    max_tokens: maxTokens,
    system = [],
    messages,
    tools,
    tool_choice: choice,
    output_config: config,
  } = messagesRequest.parse(body);
  return {
    modelId: model,
    system: system.map((one) => one.text),
    messages: messages.map(({ role, content }) => ({ role, content: content.map(contentOf) })),
    maxTokens,
    stopSequences: [],
    ...(tools !== undefined &&
      choice?.type !== 'none' && {
        offer: {
          tools: tools.map(({ name, description = '', input_schema: inputSchema }) => ({ name, description, inputSchema })),
          choice: choice?.type === 'tool' ? { name: choice.name } : choice?.type === 'any' ? 'any' : 'auto',
          parallel: true,
        },
      }),
    ...(config && { textSchema: config.format.schema }),
  };
}

function contentOf(one: z.infer<typeof block>): ModelContent {
  switch (one.type) {
    case 'text':
      return { kind: 'text', text: one.text };
    case 'image':
      return {
        kind: 'image',
        format: one.source.media_type.slice('image/'.length),
        bytes: Buffer.from(one.source.data, 'base64').byteLength,
      };
    case 'tool_use':
      return { kind: 'toolUse', id: one.id, name: one.name, input: one.input };
    case 'tool_result':
      return { kind: 'toolResult', id: one.tool_use_id, texts: (one.content ?? []).map((part) => part.text) };
  }
}

export const messageEvent = (event: { readonly type: string } & Readonly<Record<string, unknown>>): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** An answer as the events of its stream. */
export function messageEvents(model: string, { blocks, stopReason, inputTokens, outputTokens }: ModelAnswer): readonly string[] {
  const usage = { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null };
  return [
    messageEvent({ type: 'message_start', message: { ...message, usage: { ...usage, output_tokens: 1 } } }),
    messageEvent({ type: 'ping' }),
    ...blocks.flatMap(blockEvents),
    messageEvent({
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { ...usage, output_tokens: outputTokens },
    }),
    messageEvent({ type: 'message_stop' }),
  ];
}

function blockEvents(given: AnswerBlock, index: number): string[] {
  const begin = given.kind === 'text' ? { type: 'text', text: '' } : { type: 'tool_use', id: given.id, name: given.name, input: {} };
  const delta = (piece: string) =>
    given.kind === 'text' ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece };
  return [
    messageEvent({ type: 'content_block_start', index, content_block: begin }),
    ...given.deltas.map((piece) => messageEvent({ type: 'content_block_delta', index, delta: delta(piece) })),
    messageEvent({ type: 'content_block_stop', index }),
  ];
}

export function messageError(type: string, message: string): { readonly type: 'error' } & Readonly<Record<string, unknown>> {
  return { type: 'error', error: { type, message } };
}
