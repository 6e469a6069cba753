import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, isStepCount, type LanguageModel, type LanguageModelUsage, Output, streamText, tool } from 'ai';
import * as z from 'zod';
import type { Asked, MatrixClient, Said } from './client';

/** `ai`, the AI SDK, with its provider for whatever speaks OpenAI's API. */
export const aiSdkClient: MatrixClient = {
  async text(asked, prompt) {
    return saidIn(await generateText({ ...modelOf(asked), prompt }));
  },

  async stream(asked, prompt) {
    const result = streamText({ ...modelOf(asked), prompt, onError: () => undefined });
    const pieces: string[] = [];
    for await (const part of result.stream) {
      // The errors of a stream are parts of it; what reads its text alone ends with `finishReason: 'error'`.
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') pieces.push(part.text);
    }
    return { ...(await collected(result)), pieces };
  },

  async tools(asked, prompt, { name, description, run }, { stream }) {
    const city = tool({ description, inputSchema: z.object({ city: z.string() }), execute: async (input) => run(input) });
    const options = { ...modelOf(asked), prompt, tools: { [name]: city }, stopWhen: isStepCount(3) };
    return stream ? collected(streamText(options)) : saidIn(await generateText(options));
  },

  async object(asked, prompt, schema) {
    const { output } = await generateText({ ...modelOf(asked), prompt, output: Output.object({ schema }) });
    return output;
  },

  async image(asked, prompt, png) {
    const image = { type: 'file', mediaType: 'image/png', data: png } as const;
    const content = [{ type: 'text', text: prompt } as const, image];
    return saidIn(await generateText({ ...modelOf(asked), messages: [{ role: 'user', content }] }));
  },

  async leave(asked, prompt, { signal, abort }) {
    const result = streamText({ ...modelOf(asked), prompt, abortSignal: signal, onError: () => undefined });
    let text = '';
    let isOver = false;
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') isOver = true;
      if (part.type !== 'text-delta') continue;
      text += part.text;
      abort();
    }
    if (!isOver) throw new Error('The client was not told that its stream was left.');
    return text;
  },

  async refusal(asked, { stream, temperature }) {
    const error: unknown = await (stream ? failureOfStream(asked, temperature) : failureOf(asked, temperature));
    if (!APICallError.isInstance(error)) throw error;
    const { error: said } = z.object({ error: z.object({ code: z.unknown() }) }).parse(JSON.parse(error.responseBody ?? ''));
    return { class: error.name, status: error.statusCode, code: said.code };
  },
};

async function failureOf(asked: Asked, temperature: number | undefined): Promise<unknown> {
  return generateText({ ...modelOf(asked), prompt: 'Hello', temperature }).catch((reason: unknown) => reason);
}

async function failureOfStream(asked: Asked, temperature: number | undefined): Promise<unknown> {
  const result = streamText({ ...modelOf(asked), prompt: 'Hello', temperature, onError: () => undefined });
  for await (const part of result.stream) if (part.type === 'error') return part.error;
  return undefined;
}

function modelOf({ baseUrl, key, model }: Asked): { readonly model: LanguageModel; readonly maxRetries: 0 } {
  const gateway = createOpenAICompatible({
    name: 'gateway',
    baseURL: baseUrl,
    apiKey: key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return { model: gateway(model), maxRetries: 0 };
}

interface StreamedText {
  readonly text: PromiseLike<string>;
  readonly finishReason: PromiseLike<string>;
  readonly usage: PromiseLike<LanguageModelUsage>;
}

async function collected(result: StreamedText): Promise<Said> {
  const [text, finishReason, usage] = await Promise.all([result.text, result.finishReason, result.usage]);
  return saidIn({ text, finishReason, usage });
}

function saidIn(result: { readonly text: string; readonly finishReason: string; readonly usage: LanguageModelUsage }): Said {
  const { text, finishReason, usage } = result;
  return { text, finishReason, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens };
}
