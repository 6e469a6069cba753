import { ServiceError } from '../../service';
import { readJsonObject } from '../json-protocol';
import { invalid, listAt, stringAt } from './constraints';
import { countTokens, type JsonObject } from './model';
import { simulatedEmbedding } from './simulated-embedding';

/** What InvokeModel answers for a model that makes embeddings. */
export interface EmbeddingOutput {
  readonly body: object;
  /** Bedrock has it in a header, for every model. */
  readonly inputTokens: number;
}

const TITAN = /^amazon\.titan-embed-text-v2:0$/;
const COHERE = /^cohere\.embed-(?:english|multilingual)-v3$/;

const TITAN_MAX_CHARACTERS = 50_000;
const TITAN_MAX_TOKENS = 8_192;
const TITAN_DIMENSIONS = [1_024, 512, 256];
const COHERE_MAX_TEXTS = 96;
const COHERE_MAX_CHARACTERS = 2_048;
const COHERE_DIMENSIONS = 1_024;
const COHERE_INPUT_TYPES = ['search_document', 'search_query', 'classification', 'clustering'];

/**
 * Reads the body of InvokeModel in the format of its model, checks it as Bedrock does and answers it with simulated vectors.
 *
 * @param modelId The foundation model's own id, or its ARN.
 * @throws ServiceError `ValidationException`, and `UnknownOperationException` for models that are not emulated here.
 */
export function invokeEmbedding(modelId: string, body: Buffer): EmbeddingOutput {
  const id = modelId.slice(modelId.lastIndexOf('/') + 1);
  if (TITAN.test(id)) return titan(readJsonObject(body));
  if (COHERE.test(id)) return cohere(readJsonObject(body));
  const message = `The local emulator emulates InvokeModel of Titan Text Embeddings V2 and Cohere Embed v3 alone; received "${modelId}".`;
  throw new ServiceError('UnknownOperationException', message, 404);
}

function titan(request: JsonObject): EmbeddingOutput {
  refuseOthers(request, ['inputText', 'dimensions', 'normalize', 'embeddingTypes']);
  const text = stringAt(request.inputText, 'inputText');
  if (text.length < 1) throw malformed('#/inputText: expected minLength: 1, actual: 0');
  if (text.length > TITAN_MAX_CHARACTERS)
    throw malformed(`#/inputText: expected maxLength: ${TITAN_MAX_CHARACTERS}, actual: ${text.length}`);
  const dimensions = request.dimensions ?? TITAN_DIMENSIONS[0];
  if (!TITAN_DIMENSIONS.some((allowed) => allowed === dimensions)) {
    throw malformed(`#/dimensions: ${String(dimensions)} is not a valid enum value`);
  }
  if (request.normalize === false) throw invalid('The local emulator does not emulate vectors that are not normalised.');
  const types = listAt(request.embeddingTypes, 'embeddingTypes');
  if (types.some((type) => type !== 'float')) throw invalid('The local emulator emulates the embedding type "float" alone.');
  const inputTokens = countTokens(text);
  if (inputTokens > TITAN_MAX_TOKENS) {
    const message = `400 Bad Request: Too many input tokens. Max input tokens: ${TITAN_MAX_TOKENS}, request input token count: ${inputTokens} `;
    throw invalid(message);
  }
  const embedding = simulatedEmbedding(text, Number(dimensions));
  return { body: { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: inputTokens }, inputTokens };
}

function cohere(request: JsonObject): EmbeddingOutput {
  refuseOthers(request, ['texts', 'input_type', 'truncate', 'embedding_types']);
  const texts = listAt(request.texts, 'texts').map((text, index) => stringAt(text, `texts/${index}`));
  if (texts.length < 1) throw malformed('#/texts: expected minimum item count: 1, found: 0');
  if (texts.length > COHERE_MAX_TEXTS) throw malformed(`#/texts: expected maximum item count: ${COHERE_MAX_TEXTS}, found: ${texts.length}`);
  const long = texts.findIndex((text) => text.length > COHERE_MAX_CHARACTERS);
  if (long !== -1) {
    throw malformed(`#/texts/${long}: expected maxLength: ${COHERE_MAX_CHARACTERS}, actual: ${texts[long]?.length}`);
  }
  if (!COHERE_INPUT_TYPES.some((type) => type === request.input_type)) {
    throw malformed(`#/input_type: ${String(request.input_type)} is not a valid enum value`);
  }
  const types = listAt(request.embedding_types, 'embedding_types');
  if (types.some((type) => type !== 'float')) throw invalid('The local emulator emulates the embedding type "float" alone.');
  const vectors = texts.map((text) => simulatedEmbedding(text, COHERE_DIMENSIONS));
  return {
    body: {
      id: 'simulated',
      texts,
      ...(types.length === 0
        ? { response_type: 'embeddings_floats', embeddings: vectors }
        : { response_type: 'embeddings_by_type', embeddings: { float: vectors } }),
    },
    inputTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
  };
}

/** As Bedrock does: a member that the model's schema has not. */
function refuseOthers(request: JsonObject, known: readonly string[]): void {
  const other = Object.keys(request).find((name) => !known.includes(name));
  if (other !== undefined) throw malformed(`#: extraneous key [${other}] is not permitted`);
}

function malformed(problem: string): ServiceError {
  return invalid(`Malformed input request: ${problem}, please reformat your input and try again.`);
}
