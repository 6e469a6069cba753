import { type BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';

export interface InvokedModel {
  /** Parsed; undefined for what is no JSON. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** From a header that Bedrock sets for every model. NaN without it. */
  readonly inputTokenCount: number;
}

const TOKEN_HEADER = 'x-amzn-bedrock-input-token-count';

/** @throws what the SDK throws. */
export async function invokeModel(client: BedrockRuntimeClient, modelId: string, body: object, signal: AbortSignal): Promise<InvokedModel> {
  const command = new InvokeModelCommand({
    modelId,
    contentType: 'application/json',
    accept: 'application/json',
    body: JSON.stringify(body),
  });
  let count: string | undefined;
  // The command's output has no headers.
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers?: Readonly<Record<string, string>> };
      count = headers?.[TOKEN_HEADER];
      return result;
    },
    { step: 'deserialize', name: 'readTokenCount' },
  );
  const answer = await client.send(command, { abortSignal: signal });
  return { body: parsed(answer.body.transformToString()), inputTokenCount: Number(count ?? Number.NaN) };
}

function parsed(text: string): InvokedModel['body'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as InvokedModel['body']) : undefined;
  } catch {
    return undefined;
  }
}
