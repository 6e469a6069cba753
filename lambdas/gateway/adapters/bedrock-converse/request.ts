import type { ContentBlock, ConverseStreamCommandInput, Message, SystemContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../../core/errors';
import type { ChatMessage } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { refuseUnsupported, unsupported } from '../refuse-unsupported';

const HONOURED: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'stop']);
const HONOURED_IN_MESSAGE: ReadonlySet<string> = new Set(['role', 'content']);
const HONOURED_IN_PART: ReadonlySet<string> = new Set(['type', 'text']);

/** Converse takes 0 to 1 (API reference of InferenceConfiguration), where OpenAI takes 0 to 2. */
const MAX_TEMPERATURE = 1;

/**
 * A chat request as ConverseStream takes it. Converse wants system texts apart, a conversation that begins with the user and alternates
 * between user and assistant, and no blank text.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path.
 */
export function toConverse(request: ModelRequest): ConverseStreamCommandInput {
  refuseUnsupported(request, HONOURED);
  const { body, model } = request;
  const firstTurn = body.messages.findIndex((message) => !isSystem(message));
  const systemMessages = firstTurn === -1 ? body.messages : body.messages.slice(0, firstTurn);
  if (firstTurn === -1) {
    throw new GatewayError('invalid_request', '`messages` has no message from `user`: add one.', { param: 'messages' });
  }
  const system = systemMessages.flatMap((message, index): SystemContentBlock[] => textsOf(message, `messages[${index}]`, model.id));
  return {
    modelId: model.providerModelId,
    ...(system.length === 0 ? {} : { system }),
    messages: turnsOf(body.messages, firstTurn, model.id),
    inferenceConfig: inferenceConfigOf(request),
  };
}

function inferenceConfigOf({ body, model, maxTokens }: ModelRequest): NonNullable<ConverseStreamCommandInput['inferenceConfig']> {
  if (body.temperature !== undefined && body.temperature > MAX_TEMPERATURE) {
    throw unsupported('temperature', model.id, `The model takes 0 to ${MAX_TEMPERATURE}; received ${body.temperature}.`);
  }
  const stopSequences = typeof body.stop === 'string' ? [body.stop] : body.stop;
  return {
    maxTokens,
    ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
    ...(body.top_p === undefined ? {} : { topP: body.top_p }),
    ...(stopSequences === undefined || stopSequences.length === 0 ? {} : { stopSequences }),
  };
}

/** Consecutive messages of one role become one turn, their texts in order. */
function turnsOf(messages: readonly ChatMessage[], firstTurn: number, modelId: string): Message[] {
  const turns: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];
  for (const [index, message] of messages.entries()) {
    if (index < firstTurn) continue;
    const path = `messages[${index}]`;
    const role = turnRoleOf(message, path, modelId);
    if (index === firstTurn && role !== 'user') {
      const advice = `The conversation must begin with a message from \`user\`; \`${path}\` is from \`${message.role}\`.`;
      throw new GatewayError('invalid_request', advice, { param: `${path}.role` });
    }
    const content: ContentBlock[] = textsOf(message, path, modelId);
    if (content.length === 0)
      throw new GatewayError('invalid_request', `\`${path}.content\` is empty: it needs text.`, { param: `${path}.content` });
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

function turnRoleOf(message: ChatMessage, path: string, modelId: string): 'user' | 'assistant' {
  if (message.role === 'user' || message.role === 'assistant') return message.role;
  if (isSystem(message)) throw unsupported(`${path}.role`, modelId, `Messages from \`${message.role}\` must come before all others.`);
  throw unsupported(`${path}.role`, modelId, 'Allowed are `system`, `developer`, `user` and `assistant`.');
}

function isSystem(message: ChatMessage): boolean {
  return message.role === 'system' || message.role === 'developer';
}

/** A message's texts. Exactly empty ones say nothing and are left out; blank ones Converse refuses, and so do we, by name. */
function textsOf(message: ChatMessage, path: string, modelId: string): { text: string }[] {
  refuseMembers(message, HONOURED_IN_MESSAGE, path, modelId);
  const { content } = message;
  if (content === undefined) return [];
  const parts = typeof content === 'string' ? [{ path: `${path}.content`, text: content }] : content.map(partAt);
  return parts.filter(({ text }) => text !== '').map(nonBlank);

  function partAt(part: Readonly<Record<string, unknown>>, index: number): { readonly path: string; readonly text: string } {
    const partPath = `${path}.content[${index}]`;
    if (part.type !== 'text' || typeof part.text !== 'string') throw unsupported(`${partPath}.type`, modelId, 'Allowed is `text`.');
    refuseMembers(part, HONOURED_IN_PART, partPath, modelId);
    return { path: partPath, text: part.text };
  }
}

function nonBlank(part: { readonly path: string; readonly text: string }): { text: string } {
  if (part.text.trim() === '') {
    throw new GatewayError('invalid_request', `\`${part.path}\` has nothing but white space: it needs text.`, { param: part.path });
  }
  return { text: part.text };
}

function refuseMembers(value: object, honoured: ReadonlySet<string>, path: string, modelId: string): void {
  const member = Object.keys(value).find((name) => !honoured.has(name));
  if (member !== undefined) throw unsupported(`${path}.${member}`, modelId);
}
