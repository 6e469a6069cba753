import { GatewayError } from '../../../core/errors';
import type { ChatMessage } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { invalidField } from '../invalid-field';
import { refuseMembers, unsupported } from '../refuse-unsupported';
import { isCacheMarked } from './cache-marker';
import { partsOf, type TextBlock, textBlocks } from './content-parts';
import { type Image, imageOf } from './images';
import { PendingCalls, type ToolCallBlock, type ToolResultBlock, toolCallsOf, toolResultOf } from './tool-calls';

const MESSAGE_MEMBERS: ReadonlySet<string> = new Set(['role', 'content']);
/** `parsed` is what OpenAI's client adds to an answer, for itself. */
const ASSISTANT_MEMBERS: ReadonlySet<string> = new Set(['role', 'content', 'tool_calls', 'parsed']);

interface ImageBlock {
  readonly type: 'image';
  readonly image: Image;
  readonly cached: boolean;
}

export type Block = TextBlock | ImageBlock | ToolCallBlock | ToolResultBlock;

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly Block[];
}

/** A chat as APIs want it that keep system texts apart and have user and assistant alternate. */
export interface Conversation {
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
}

/** What differs between such APIs. */
export interface ConversationRules {
  readonly maxImagesPerTurn: number;
  /** Whether content parts may have `cache_control`. */
  readonly cacheMarkers: boolean;
}

/**
 * System texts, and the turns from the user's first on. Consecutive messages of one role become one turn, their contents in order; results
 * of tools belong to the user's.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`, with the field's path.
 */
export function conversationOf(request: ModelRequest, rules: ConversationRules): Conversation {
  const { messages } = request.body;
  const firstTurn = messages.findIndex((message) => !isSystem(message));
  if (firstTurn === -1) {
    throw new GatewayError('invalid_request', '`messages` has no message from `user`: add one.', { param: 'messages' });
  }
  const system = messages.slice(0, firstTurn).flatMap((message, index) => {
    refuseMembers(message, MESSAGE_MEMBERS, `messages[${index}]`, request.model.id);
    return textsIn(request, message, `messages[${index}]`, rules);
  });
  return { system, turns: turnsOf(request, firstTurn, rules) };
}

function turnsOf(request: ModelRequest, firstTurn: number, rules: ConversationRules): Turn[] {
  const turns: { readonly role: Turn['role']; readonly content: Block[] }[] = [];
  const pending = new PendingCalls();
  for (const [index, message] of request.body.messages.entries()) {
    if (index < firstTurn) continue;
    const path = `messages[${index}]`;
    if (index === firstTurn && message.role !== 'user') throw notFromUser(message, path);
    if (message.role !== 'tool') pending.expectNone();
    const role = turnRoleOf(message, path, request.model.id);
    const content = contentOf(request, message, path, pending, rules);
    if (content.length === 0) throw invalidField(`${path}.content`, 'is empty: it needs text.');
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
    const images = turns.at(-1)?.content.filter(({ type }) => type === 'image').length ?? 0;
    if (images > rules.maxImagesPerTurn)
      throw invalidField(path, `brings the turn to ${images} images; at most ${rules.maxImagesPerTurn} are allowed.`);
  }
  pending.expectNone();
  return turns;
}

function contentOf(request: ModelRequest, message: ChatMessage, path: string, pending: PendingCalls, rules: ConversationRules): Block[] {
  const modelId = request.model.id;
  switch (message.role) {
    case 'tool':
      return [toolResultOf(message, path, pending, modelId, rules.cacheMarkers)];
    case 'assistant':
      refuseMembers(message, ASSISTANT_MEMBERS, path, modelId);
      return [...textsIn(request, message, path, rules), ...toolCallsOf(request, message, path, pending)];
    default:
      refuseMembers(message, MESSAGE_MEMBERS, path, modelId);
      return partsOf(message, path).flatMap(({ part, partPath }): Block[] => {
        if (part.type !== 'image_url') return textBlocks(part, partPath, modelId, rules.cacheMarkers, '`text` and `image_url`');
        const cached = isCacheMarked(part, partPath, modelId, rules.cacheMarkers);
        return [{ type: 'image', image: imageOf(request, part, partPath), cached }];
      });
  }
}

function textsIn(request: ModelRequest, message: ChatMessage, path: string, rules: ConversationRules): TextBlock[] {
  return partsOf(message, path).flatMap(({ part, partPath }) => textBlocks(part, partPath, request.model.id, rules.cacheMarkers));
}

function isSystem(message: ChatMessage): boolean {
  return message.role === 'system' || message.role === 'developer';
}

function turnRoleOf(message: ChatMessage, path: string, modelId: string): Turn['role'] {
  if (isSystem(message)) throw unsupported(`${path}.role`, modelId, `Messages from \`${message.role}\` must come before all others.`);
  return message.role === 'assistant' ? 'assistant' : 'user';
}

function notFromUser(message: ChatMessage, path: string): GatewayError {
  const problem = `The conversation must begin with a message from \`user\`; \`${path}\` is from \`${message.role}\`.`;
  return new GatewayError('invalid_request', problem, { param: `${path}.role` });
}
