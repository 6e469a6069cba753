import { constraintError, invalid, listAt, nameAt, objectAt, refuseMembers, stringAt } from './constraints';
import type { JsonObject, ModelContent, ModelMessage } from './model';
import { readImage } from './read-image';

const MAX_IMAGES = 20;
const TOOL_USE_ID = { min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ };
const TOOL_NAME = { min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ };
const RESULT_STATUS: readonly unknown[] = [undefined, null, 'success', 'error'];

export function readSystem(value: unknown): readonly string[] {
  return listAt(value, 'system').map((entry, index) => {
    const block = objectAt(entry, `system.${index}`);
    refuseOthers(block, 'text', 'SystemContentBlock', `system.${index}`);
    return readText(block.text, 'SystemContentBlock', `system.${index}`);
  });
}

export function readMessages(value: unknown): readonly ModelMessage[] {
  const messages = listAt(value, 'messages').map((entry, index) => readMessage(objectAt(entry, `messages.${index}`), index));
  if (messages[0]?.role !== 'user') {
    throw invalid('A conversation must start with a user message. Try again with a conversation that starts with a user message.');
  }
  if (messages.some((message, index) => message.role === messages[index - 1]?.role)) {
    throw invalid(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    );
  }
  return messages;
}

function readMessage(message: JsonObject, index: number): ModelMessage {
  const { role } = message;
  if (role !== 'user' && role !== 'assistant') {
    throw constraintError(role, `messages.${index + 1}.member.role`, 'satisfy enum value set: [user, assistant]');
  }
  const entries = listAt(message.content, `messages.${index}.content`);
  if (entries.length === 0) {
    throw invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  const content = entries.map((entry, block) => readContent(entry, role, `messages.${index}.content.${block}`));
  const images = content.filter(({ kind }) => kind === 'image').length;
  if (images > MAX_IMAGES) throw invalid(`messages.${index} has ${images} images; at most ${MAX_IMAGES} are allowed in a message.`);
  return { role, content };
}

function readContent(entry: unknown, role: ModelMessage['role'], path: string): ModelContent {
  const block = objectAt(entry, path);
  const kind = ['image', 'toolUse', 'toolResult'].find((name) => block[name] !== undefined && block[name] !== null) ?? 'text';
  refuseOthers(block, kind, 'ContentBlock', path);
  if (kind === 'text') return { kind, text: readText(block.text, 'ContentBlock', path) };
  const owner = kind === 'toolUse' ? 'assistant' : 'user';
  if (role !== owner) throw invalid(`${kind} blocks can only be provided in ${owner} messages; found one at ${path}.`);
  const value = objectAt(block[kind], `${path}.${kind}`);
  if (kind === 'image') return { kind, ...readImage(value, `${path}.image`) };
  return kind === 'toolUse' ? readToolUse(value, `${path}.toolUse`) : readToolResult(value, `${path}.toolResult`);
}

function readToolUse(value: JsonObject, path: string): ModelContent {
  return {
    kind: 'toolUse',
    id: nameAt(value.toolUseId, `${path}.toolUseId`, TOOL_USE_ID),
    name: nameAt(value.name, `${path}.name`, TOOL_NAME),
    input: objectAt(value.input, `${path}.input`),
  };
}

function readToolResult(value: JsonObject, path: string): ModelContent {
  if (!RESULT_STATUS.includes(value.status))
    throw constraintError(value.status, `${path}.status`, 'satisfy enum value set: [success, error]');
  const texts = listAt(value.content, `${path}.content`).map((entry, index) => {
    const itemPath = `${path}.content.${index}`;
    const item = objectAt(entry, itemPath);
    const kind = item.json === undefined ? 'text' : 'json';
    refuseOthers(item, kind, 'ToolResultContentBlock', itemPath);
    return kind === 'json' ? JSON.stringify(item.json) : readText(item.text, 'ToolResultContentBlock', itemPath);
  });
  return { kind: 'toolResult', id: nameAt(value.toolUseId, `${path}.toolUseId`, TOOL_USE_ID), texts };
}

type BlockType = 'ContentBlock' | 'SystemContentBlock' | 'ToolResultContentBlock';

function refuseOthers(block: JsonObject, own: string, type: BlockType, path: string): void {
  const others = Object.keys(block).filter((name) => name !== own);
  refuseMembers(block, others, `in the ${type} object at ${path}`);
}

function readText(value: unknown, type: BlockType, path: string): string {
  const text = stringAt(value, `${path}.text`);
  if (text.trim() === '')
    throw invalid(`The text field in the ${type} object at ${path} is blank. Add text to the text field, and try again.`);
  return text;
}
