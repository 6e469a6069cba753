import { readJsonObject } from '../json-protocol';
import { constraintError, invalid, type JsonObject, listAt, numberAt, objectAt, refuseMembers, stringAt } from './constraints';
import type { ModelMessage, ModelRequest } from './model';

/** What a model gives when the caller sets no limit. */
const DEFAULT_MAX_TOKENS = 4096;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_STOP_SEQUENCES = 2500;

/** Members of Converse that change an answer or its price, and that the simulated model knows nothing of. */
const NOT_EMULATED = [
  'toolConfig',
  'guardrailConfig',
  'promptVariables',
  'additionalModelResponseFieldPaths',
  'performanceConfig',
  'serviceTier',
  'outputConfig',
];
/** Of `additionalModelRequestFields`: sampling, which a deterministic model may ignore. */
const SAMPLING_FIELDS = new Set(['top_k', 'topK']);

/**
 * Reads the body of Converse or ConverseStream and checks it as Bedrock does. Unknown members are ignored, as by AWS; known ones that are not
 * emulated are refused by name. Throws ServiceError (ValidationException, SerializationException).
 */
export function readConverseRequest(modelId: string, body: Buffer): ModelRequest {
  const request = readJsonObject(body);
  refuseMembers(request, NOT_EMULATED, 'in Converse');
  const additional = request.additionalModelRequestFields;
  if (additional !== undefined && additional !== null) {
    const fields = objectAt(additional, 'additionalModelRequestFields');
    const unknown = Object.keys(fields).filter((name) => !SAMPLING_FIELDS.has(name));
    refuseMembers(fields, unknown, 'in additionalModelRequestFields');
  }
  const inference = objectAt(request.inferenceConfig ?? {}, 'inferenceConfig');
  numberAt(inference.temperature, 'inferenceConfig.temperature', 0, 1);
  numberAt(inference.topP, 'inferenceConfig.topP', 0, 1);
  return {
    modelId,
    messages: readMessages(request.messages),
    system: readSystem(request.system),
    maxTokens: readMaxTokens(inference),
    stopSequences: readStopSequences(inference),
  };
}

function readMaxTokens(inference: JsonObject): number {
  const maxTokens = numberAt(inference.maxTokens, 'inferenceConfig.maxTokens', 1, MAX_INT32) ?? DEFAULT_MAX_TOKENS;
  if (Number.isInteger(maxTokens)) return maxTokens;
  throw constraintError(maxTokens, 'inferenceConfig.maxTokens', 'be an integer');
}

function readStopSequences(inference: JsonObject): readonly string[] {
  const path = 'inferenceConfig.stopSequences';
  const sequences = listAt(inference.stopSequences, path).map((sequence, index) => stringAt(sequence, `${path}.${index}`));
  if (sequences.length > MAX_STOP_SEQUENCES) {
    throw constraintError(`[${sequences.length} members]`, path, `have length less than or equal to ${MAX_STOP_SEQUENCES}`);
  }
  const empty = sequences.indexOf('');
  if (empty >= 0) throw constraintError('', `${path}.${empty + 1}.member`, 'have length greater than or equal to 1');
  return sequences;
}

function readSystem(value: unknown): readonly string[] {
  return listAt(value, 'system').map((entry, index) => {
    const block = objectAt(entry, `system.${index}`);
    return readText(block, 'SystemContentBlock', `system.${index}`);
  });
}

function readMessages(value: unknown): readonly ModelMessage[] {
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
  const content = listAt(message.content, `messages.${index}.content`);
  if (content.length === 0) {
    throw invalid(
      `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  const texts = content.map((entry, block) => {
    const path = `messages.${index}.content.${block}`;
    return readText(objectAt(entry, path), 'ContentBlock', path);
  });
  return { role, texts };
}

function readText(block: JsonObject, type: 'ContentBlock' | 'SystemContentBlock', path: string): string {
  const others = Object.keys(block).filter((name) => name !== 'text');
  refuseMembers(block, others, `in the ${type} object at ${path}`);
  const text = stringAt(block.text, `${path}.text`);
  if (text.trim() === '')
    throw invalid(`The text field in the ${type} object at ${path} is blank. Add text to the text field, and try again.`);
  return text;
}
