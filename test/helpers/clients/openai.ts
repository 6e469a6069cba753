import OpenAI, { APIError } from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import * as z from 'zod';
import type { Asked, MatrixClient, Said } from './client';

/** `openai`, the client of OpenAI. */
export const openaiClient: MatrixClient = {
  async text(asked, prompt) {
    return saidIn(await clientOf(asked).chat.completions.create({ model: asked.model, messages: user(prompt) }));
  },

  async stream(asked, prompt) {
    const stream = clientOf(asked).chat.completions.stream({
      model: asked.model,
      messages: user(prompt),
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    return { ...saidIn(await stream.finalChatCompletion()), pieces };
  },

  async tools(asked, prompt, { name, description, run }, { stream }) {
    const tool = zodFunction({ name, description, parameters: z.object({ city: z.string() }), function: (input) => run(input) });
    const body = { model: asked.model, messages: user(prompt), tools: [tool] };
    const { completions } = clientOf(asked).chat;
    const usage = { stream_options: { include_usage: true } };
    const runner = stream ? completions.runTools({ ...body, ...usage, stream }) : completions.runTools(body);
    return saidIn(await runner.finalChatCompletion());
  },

  async object(asked, prompt, schema) {
    const completion = await clientOf(asked).chat.completions.parse({
      model: asked.model,
      messages: user(prompt),
      response_format: zodResponseFormat(schema, 'answer'),
    });
    const parsed = completion.choices[0]?.message.parsed;
    if (parsed === null || parsed === undefined) throw new Error('The client parsed nothing.');
    return parsed;
  },

  async image(asked, prompt, png) {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } } as const;
    const content = [{ type: 'text', text: prompt } as const, image];
    return saidIn(await clientOf(asked).chat.completions.create({ model: asked.model, messages: [{ role: 'user', content }] }));
  },

  async leave(asked, prompt, { signal, abort }) {
    const body = { model: asked.model, messages: user(prompt), stream: true } as const;
    const stream = await clientOf(asked).chat.completions.create(body, { signal });
    let text = '';
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      if (text !== '') abort();
    }
    return text;
  },

  async refusal(asked, { stream, temperature }) {
    const body = { model: asked.model, messages: user('Hello'), temperature, stream };
    const error: unknown = await clientOf(asked)
      .chat.completions.create(body)
      .catch((reason: unknown) => reason);
    if (!(error instanceof APIError)) throw error;
    return { class: error.constructor.name, status: error.status as number | undefined, code: error.code };
  },
};

function clientOf({ baseUrl, key }: Asked): OpenAI {
  return new OpenAI({ baseURL: baseUrl, apiKey: key, maxRetries: 0 });
}

function user(content: string) {
  return [{ role: 'user', content } as const];
}

function saidIn({ choices: [choice], usage }: OpenAI.ChatCompletion): Said {
  return {
    text: choice?.message.content ?? '',
    finishReason: choice?.finish_reason.replace('_', '-') ?? '',
    inputTokens: usage?.prompt_tokens,
    outputTokens: usage?.completion_tokens,
  };
}
