import * as z from 'zod';
import type { AnswerBlock, ModelAnswer, ModelContent, ModelMessage, ModelRequest } from '../../../local/services/bedrock/model';

/** OpenAI's chat completions at the wire, as far as the gateway sends it: any other member is refused, as OpenAI refuses it. */

const json = z.record(z.string(), z.unknown());
const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const imagePart = z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string() }) });
const content = z.union([z.string(), z.array(z.union([textPart, imagePart])).min(1)]);
const call = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content }),
  z.strictObject({ role: z.literal('user'), content }),
  z.strictObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    refusal: z.null().optional(),
    tool_calls: z.array(call).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string().min(1), content }),
]);
const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().min(1),
    description: z.string().optional(),
    parameters: json.optional(),
    strict: z.boolean().optional(),
  }),
});
const schemaFormat = z.strictObject({
  type: z.literal('json_schema'),
  json_schema: z.strictObject({
    name: z.string().min(1),
    description: z.string().optional(),
    schema: json,
    strict: z.boolean().optional(),
  }),
});
const chatCompletion = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  max_completion_tokens: z.int().positive(),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  temperature: z.number().min(0).max(2).optional(),
  tools: z.array(tool).min(1).optional(),
  tool_choice: z.enum(['auto', 'required', 'none']).optional(),
  response_format: schemaFormat.optional(),
});

type Message = z.infer<typeof message>;

/** What the model is asked. @throws z.ZodError for what is no request of this API. */
export function readChatCompletion(body: unknown): ModelRequest {
  const {
    model,
    messages,
    max_completion_tokens: maxTokens,
    tools,
    tool_choice: choice,
    response_format: format,
  } = chatCompletion.parse(body);
  return {
    modelId: model,
    system: messages.flatMap((one) => (one.role === 'system' ? textsOf(one.content) : [])),
    messages: turnsOf(messages),
    maxTokens,
    stopSequences: [],
    ...(tools !== undefined &&
      choice !== 'none' && {
        offer: {
          tools: tools.map(({ function: { name, description = '', parameters = { type: 'object' } } }) => ({
            name,
            description,
            inputSchema: parameters,
          })),
          choice: choice === 'required' ? 'any' : 'auto',
          parallel: true,
        },
      }),
    ...(format && { textSchema: format.json_schema.schema }),
  };
}

/** Tool results in a row are one turn of the user's. */
function turnsOf(messages: readonly Message[]): readonly ModelMessage[] {
  const turns: { role: ModelMessage['role']; content: ModelContent[]; isOfTools: boolean }[] = [];
  for (const one of messages) {
    if (one.role === 'system') continue;
    const isOfTools = one.role === 'tool';
    const last = turns.at(-1);
    if (isOfTools && last?.isOfTools === true) last.content.push(...blocksOf(one));
    else turns.push({ role: one.role === 'assistant' ? 'assistant' : 'user', content: blocksOf(one), isOfTools });
  }
  return turns;
}

function blocksOf(one: Message): ModelContent[] {
  if (one.role === 'tool') return [{ kind: 'toolResult', id: one.tool_call_id, texts: textsOf(one.content) }];
  const said = partsOf(one.content);
  if (one.role !== 'assistant') return said;
  const calls = (one.tool_calls ?? []).map(
    ({ id, function: { name, arguments: input } }): ModelContent => ({
      kind: 'toolUse',
      id,
      name,
      input: json.parse(JSON.parse(input)),
    }),
  );
  return [...said, ...calls];
}

function partsOf(given: z.infer<typeof content> | null | undefined): ModelContent[] {
  if (given === null || given === undefined) return [];
  if (typeof given === 'string') return [{ kind: 'text', text: given }];
  return given.map((part): ModelContent => (part.type === 'text' ? { kind: 'text', text: part.text } : imageOf(part.image_url.url)));
}

function imageOf(url: string): ModelContent {
  const { format = '', data = '' } = /^data:image\/(?<format>\w+);base64,(?<data>.+)$/.exec(url)?.groups ?? {};
  return { kind: 'image', format, bytes: Buffer.from(data, 'base64').byteLength };
}

function textsOf(given: z.infer<typeof content>): string[] {
  return partsOf(given).flatMap((part) => (part.kind === 'text' ? [part.text] : []));
}

export const chunkEvent = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

const FINISH_REASONS = { end_turn: 'stop', stop_sequence: 'stop', max_tokens: 'length', tool_use: 'tool_calls' } as const;

/** An answer as the events of its stream. */
export function chatCompletionEvents(model: string, { blocks, stopReason, inputTokens, outputTokens }: ModelAnswer): readonly string[] {
  const chunk = (members: object) => chunkEvent({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, ...members });
  const choice = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason }], usage: null });
  const calls = blocks.filter(({ kind }) => kind === 'toolUse');
  const deltasOf = (block: AnswerBlock): string[] => {
    if (block.kind === 'text') return block.deltas.map((text) => choice({ content: text }));
    const index = calls.indexOf(block);
    const begin = { index, id: block.id, type: 'function', function: { name: block.name, arguments: '' } };
    const pieces = block.deltas.length === 0 ? ['{}'] : block.deltas;
    return [choice({ tool_calls: [begin] }), ...pieces.map((text) => choice({ tool_calls: [{ index, function: { arguments: text } }] }))];
  };
  const usage = { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
  return [
    choice({ role: 'assistant', content: '' }),
    ...blocks.flatMap(deltasOf),
    choice({}, FINISH_REASONS[stopReason]),
    chunk({ choices: [], usage }),
    chunkEvent('[DONE]'),
  ];
}

export function chatCompletionError(type: string, message: string, code: string | null = null): object {
  return { error: { message, type, param: null, code } };
}
