import type { ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../../core/errors';
import type { ChatMessage } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { invalidField } from '../invalid-field';
import { refuseMembers, unsupported } from '../refuse-unsupported';
import { partsOf, textBlocks, textIn } from './content-parts';
import { imageOf, MAX_IMAGES_PER_TURN } from './images';
import { PendingCalls, toolResultOf, toolUsesOf } from './tool-calls';

const MESSAGE_MEMBERS: ReadonlySet<string> = new Set(['role', 'content']);
/** `parsed` is what OpenAI's client adds to an answer, for itself. */
const ASSISTANT_MEMBERS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'parsed']);

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: ContentBlock[];
}

/**
 * The conversation from its first turn on. Consecutive messages of one role become one turn, their contents in order; results of tools
 * belong to the user's.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`
 */
export function turnsOf(request: ModelRequest, firstTurn: number): Message[] {
  const turns: Turn[] = [];
  const pending = new PendingCalls();
  for (const [index, message] of request.body.messages.entries()) {
    if (index < firstTurn) continue;
    const path = `messages[${index}]`;
    if (index === firstTurn && message.role !== 'user') throw notFromUser(message, path);
    if (message.role !== 'tool') pending.expectNone();
    const turn: Turn = { role: turnRoleOf(message, path, request.model.id), content: contentOf(request, message, path, pending) };
    if (turn.content.length === 0) throw invalidField(`${path}.content`, 'is empty: it needs text.');
    const last = turns.at(-1);
    if (last?.role === turn.role) last.content.push(...turn.content);
    else turns.push(turn);
    const images = turns.at(-1)?.content.filter((block) => block.image !== undefined).length ?? 0;
    if (images > MAX_IMAGES_PER_TURN)
      throw invalidField(path, `brings the turn to ${images} images; at most ${MAX_IMAGES_PER_TURN} are allowed.`);
  }
  pending.expectNone();
  return turns;
}

export function isSystem(message: ChatMessage): boolean {
  return message.role === 'system' || message.role === 'developer';
}

function contentOf(request: ModelRequest, message: ChatMessage, path: string, pending: PendingCalls): ContentBlock[] {
  const modelId = request.model.id;
  switch (message.role) {
    case 'tool':
      return [{ toolResult: toolResultOf(message, path, pending, modelId) }];
    case 'assistant':
      refuseMembers(message, ASSISTANT_MEMBERS, path, modelId);
      return [...textsIn(message, path, modelId), ...toolUsesOf(request, message, path, pending)];
    default:
      refuseMembers(message, MESSAGE_MEMBERS, path, modelId);
      return partsOf(message, path).flatMap(({ part, partPath }): ContentBlock[] =>
        part.type === 'image_url'
          ? [{ image: imageOf(request, part, partPath) }]
          : textBlocks(textIn(part, partPath, modelId, '`text` and `image_url`'), partPath),
      );
  }
}

/** A message that may have texts alone. @throws GatewayError `unsupported_field` or `invalid_request` */
export function textsOf(message: ChatMessage, path: string, modelId: string): { text: string }[] {
  refuseMembers(message, MESSAGE_MEMBERS, path, modelId);
  return textsIn(message, path, modelId);
}

function textsIn(message: ChatMessage, path: string, modelId: string): { text: string }[] {
  return partsOf(message, path).flatMap(({ part, partPath }) => textBlocks(textIn(part, partPath, modelId), partPath));
}

function turnRoleOf(message: ChatMessage, path: string, modelId: string): Turn['role'] {
  if (isSystem(message)) throw unsupported(`${path}.role`, modelId, `Messages from \`${message.role}\` must come before all others.`);
  return message.role === 'assistant' ? 'assistant' : 'user';
}

function notFromUser(message: ChatMessage, path: string): GatewayError {
  const problem = `The conversation must begin with a message from \`user\`; \`${path}\` is from \`${message.role}\`.`;
  return new GatewayError('invalid_request', problem, { param: `${path}.role` });
}
