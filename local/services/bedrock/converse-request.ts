import { readJsonObject } from '../json-protocol';
import { checkToolPairs } from './check-tool-pairs';
import { constraintError, invalid, listAt, numberAt, objectAt, refuseMembers, stringAt } from './constraints';
import type { JsonObject, ModelRequest, ToolOffer } from './model';
import { readMessages, readSystem } from './read-messages';
import { readTextSchema } from './read-text-schema';
import { readToolOffer } from './read-tool-offer';

/** What a model gives when the caller sets no limit. */
const DEFAULT_MAX_TOKENS = 4096;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_STOP_SEQUENCES = 2500;
const MAX_METADATA_PAIRS = 16;
const METADATA_TEXT = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/** Members of Converse that change an answer or its price, and that the simulated model knows nothing of. */
const NOT_EMULATED = ['guardrailConfig', 'promptVariables', 'additionalModelResponseFieldPaths', 'performanceConfig', 'serviceTier'];
/** Of `additionalModelRequestFields`: sampling, which a deterministic model may ignore, and Claude's own choice among tools. */
const ADDITIONAL_FIELDS = new Set(['top_k', 'topK', 'tool_choice']);

/**
 * Reads the body of Converse or ConverseStream and checks it as Bedrock does. Unknown members are ignored, as by AWS; known ones that are not
 * emulated are refused by name. Throws ServiceError (ValidationException, SerializationException).
 */
export function readConverseRequest(modelId: string, body: Buffer): ModelRequest {
  const request = readJsonObject(body);
  refuseMembers(request, NOT_EMULATED, 'in Converse');
  const additional = objectAt(request.additionalModelRequestFields ?? {}, 'additionalModelRequestFields');
  const unknown = Object.keys(additional).filter((name) => !ADDITIONAL_FIELDS.has(name));
  refuseMembers(additional, unknown, 'in additionalModelRequestFields');
  checkMetadata(request.requestMetadata);
  const inference = objectAt(request.inferenceConfig ?? {}, 'inferenceConfig');
  numberAt(inference.temperature, 'inferenceConfig.temperature', 0, 1);
  numberAt(inference.topP, 'inferenceConfig.topP', 0, 1);
  const messages = readMessages(request.messages);
  const offer: ToolOffer | undefined = readToolOffer(request.toolConfig, additional.tool_choice);
  const textSchema = readTextSchema(request.outputConfig);
  checkToolPairs(messages, offer);
  return {
    modelId,
    messages,
    system: readSystem(request.system),
    maxTokens: readMaxTokens(inference),
    stopSequences: readStopSequences(inference),
    ...(offer && { offer }),
    ...(textSchema && { textSchema }),
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

function checkMetadata(value: unknown): void {
  const pairs = Object.entries(objectAt(value ?? {}, 'requestMetadata'));
  if (pairs.length > MAX_METADATA_PAIRS)
    throw invalid(`requestMetadata has ${pairs.length} pairs; at most ${MAX_METADATA_PAIRS} are allowed.`);
  for (const [key, member] of pairs) {
    const text = stringAt(member, `requestMetadata.${key}`);
    if (key === '' || !METADATA_TEXT.test(key) || !METADATA_TEXT.test(text)) {
      throw constraintError(text, `requestMetadata.${key}`, `satisfy regular expression pattern: ${METADATA_TEXT.source.slice(1, -1)}`);
    }
  }
}
