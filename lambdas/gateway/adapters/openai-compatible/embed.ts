import { GatewayError } from '../../../core/errors';
import type { EmbeddingAnswer, EmbeddingRequest, ModelAdapter } from '../adapter';
import { type HttpResponse, postJson } from '../http/http-client';
import type { HttpProviderOptions } from '../http/provider';
import { connectionError, providerError } from '../http/provider-error';
import { untilAborted } from '../http/until-aborted';
import { noEmbeddings, ofInput, tokensOf, vectorsOf } from '../shared/vectors';

/** 2,048 vectors of 1,536 numbers as text; what is longer is no answer that fits the gateway's memory. */
const MAX_ANSWER_BYTES = 67_108_864;

/** `/embeddings` of any API that speaks OpenAI's format. */
export function createOpenAiEmbeddings(options: HttpProviderOptions): NonNullable<ModelAdapter['embed']> {
  const url = `${options.baseUrl.replace(/\/+$/, '')}/embeddings`;

  return async (request, signal) => {
    const modelId = request.model.id;
    let response: HttpResponse | undefined;
    let complete = false;
    try {
      const apiKey = await untilAborted(options.apiKey(), signal);
      response = await postJson({ url, headers: headersOf(options, apiKey), body: JSON.stringify(bodyOf(request)), signal });
      const isAnswer = response.status === 200;
      const text = isAnswer ? await wholeText(response, modelId) : await response.text();
      complete = true;
      if (!isAnswer) throw providerError(response.status, response.headers, text, modelId);
      return answerOf(text, modelId);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof GatewayError ? ofInput(error) : connectionError(error, modelId, false);
    } finally {
      response?.release(complete);
    }
  };
}

/** `dimensions` only to a model that has a choice: others refuse the member. */
function bodyOf({ model, texts, dimensions }: EmbeddingRequest): object {
  return {
    model: model.providerModelId,
    input: texts,
    encoding_format: 'float',
    ...(model.dimensions.length > 1 && { dimensions }),
  };
}

function headersOf({ headers = {} }: HttpProviderOptions, apiKey: string | undefined): Record<string, string> {
  return { ...headers, accept: 'application/json', ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) };
}

async function wholeText(response: HttpResponse, modelId: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw noEmbeddings(modelId, new Error(`The provider’s answer has more than ${MAX_ANSWER_BYTES} bytes.`));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

interface WireAnswer {
  readonly data?: readonly ({ readonly index?: number; readonly embedding?: unknown } | null)[];
  readonly usage?: { readonly prompt_tokens?: unknown; readonly total_tokens?: unknown } | null;
}

function answerOf(text: string, modelId: string): EmbeddingAnswer {
  const answer = parsed(text, modelId);
  const data = Array.isArray(answer?.data) ? answer.data : [];
  // By `index` where it is said: nothing promises that they come in order.
  const embeddings = data
    .map((item, position) => ({ position: item?.index ?? position, embedding: item?.embedding }))
    .toSorted((a, b) => a.position - b.position);
  if (embeddings.some(({ position }, index) => position !== index)) {
    throw noEmbeddings(modelId, new Error('The provider’s answer has indices that are not 0, 1, 2 and so on.'));
  }
  return {
    vectors: vectorsOf(
      embeddings.map(({ embedding }) => embedding),
      modelId,
    ),
    inputTokens: tokensOf(answer?.usage?.prompt_tokens) ?? tokensOf(answer?.usage?.total_tokens),
  };
}

function parsed(text: string, modelId: string): WireAnswer | null {
  try {
    return JSON.parse(text) as WireAnswer | null;
  } catch (cause) {
    throw noEmbeddings(modelId, cause);
  }
}
