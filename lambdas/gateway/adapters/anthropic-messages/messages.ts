import { GatewayError } from '../../../core/errors';
import type { ModelRequest } from '../adapter';
import { type Block, type Conversation, type ConversationRules, conversationOf } from '../shared/conversation';
import type { BlockParam, MessageParam, TextParam } from './wire';

/** Guide to vision: at most 100 images in a request. */
const RULES: ConversationRules = { maxImagesPerTurn: 100, cacheMarkers: true };
/** Guide to prompt caching: at most 4 breakpoints. */
const MAX_CACHE_MARKERS = 4;

/** @throws GatewayError `unsupported_field` or `invalid_request` */
export function messagesOf(request: ModelRequest): { readonly system?: readonly TextParam[]; readonly messages: readonly MessageParam[] } {
  const conversation = conversationOf(request, RULES);
  checkCacheMarkers(conversation);
  const { system, turns } = conversation;
  return {
    ...(system.length === 0 ? {} : { system: system.map(({ text, cached }) => ({ type: 'text', text, ...markerOf(cached) })) }),
    messages: turns.map(({ role, content }) => ({ role, content: content.map(blockOf) })),
  };
}

function blockOf(block: Block): BlockParam {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, ...markerOf(block.cached) };
    case 'image': {
      const source = { type: 'base64', media_type: `image/${block.image.format}`, data: block.image.base64 } as const;
      return { type: 'image', source, ...markerOf(block.cached) };
    }
    case 'tool_call':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
    case 'tool_result': {
      const content = block.texts.map((text) => ({ type: 'text', text }) as const);
      return { type: 'tool_result', tool_use_id: block.id, ...(content.length > 0 && { content }), ...markerOf(block.cached) };
    }
  }
}

function markerOf(cached: boolean): { readonly cache_control?: { readonly type: 'ephemeral' } } {
  return cached ? { cache_control: { type: 'ephemeral' } } : {};
}

function checkCacheMarkers({ system, turns }: Conversation): void {
  const blocks: readonly Block[] = [...system, ...turns.flatMap(({ content }) => content)];
  const markers = blocks.filter((block) => block.type !== 'tool_call' && block.cached).length;
  if (markers <= MAX_CACHE_MARKERS) return;
  const message = `\`messages\` has ${markers} \`cache_control\` markers; at most ${MAX_CACHE_MARKERS} are allowed.`;
  throw new GatewayError('invalid_request', message, { param: 'messages' });
}
