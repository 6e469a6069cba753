import type { ContentBlock, Message, SystemContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { ModelRequest } from '../adapter';
import { type Block, type ConversationRules, conversationOf } from '../shared/conversation';

/** API reference of Message. */
const RULES: ConversationRules = { maxImagesPerTurn: 20, cacheMarkers: false };

type Json = NonNullable<NonNullable<ContentBlock['toolUse']>['input']>;

/** @throws GatewayError `unsupported_field` or `invalid_request` */
export function messagesOf(request: ModelRequest): { readonly system?: SystemContentBlock[]; readonly messages: Message[] } {
  const { system, turns } = conversationOf(request, RULES);
  return {
    ...(system.length === 0 ? {} : { system: system.map(({ text }) => ({ text })) }),
    messages: turns.map(({ role, content }) => ({ role, content: content.map(blockOf) })),
  };
}

function blockOf(block: Block): ContentBlock {
  switch (block.type) {
    case 'text':
      return { text: block.text };
    case 'image':
      return { image: { format: block.image.format, source: { bytes: block.image.bytes } } };
    case 'tool_call':
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input as Json } };
    case 'tool_result':
      return { toolResult: { toolUseId: block.id, content: block.texts.map((text) => ({ text })) } };
  }
}
