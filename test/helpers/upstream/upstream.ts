import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import * as z from 'zod';
import type { ModelAnswer, ModelRequest } from '../../../local/services/bedrock/model';
import { simulatedModel } from '../../../local/services/bedrock/simulated-model';
import { type Received, startServer } from '../../unit/lambdas/support/http-server';
import { chatCompletionError, chatCompletionEvents, readChatCompletion } from './chat-completions';
import { messageError, messageEvents, readMessages } from './messages';

export const UPSTREAM_KEY = 'sk-of-the-team';

/** An API that a model is called by. */
interface Api {
  readonly isKeyed: (headers: Received['headers']) => boolean;
  readonly read: (body: unknown) => ModelRequest;
  readonly events: (model: string, answer: ModelAnswer) => readonly string[];
  readonly error: (status: 400 | 401 | 429, message: string) => object;
}

const CHAT_COMPLETIONS: Api = {
  isKeyed: ({ authorization }) => authorization === `Bearer ${UPSTREAM_KEY}`,
  read: readChatCompletion,
  events: chatCompletionEvents,
  error: (status, message) => chatCompletionError(status === 429 ? 'requests' : 'invalid_request_error', message),
};

const MESSAGES: Api = {
  isKeyed: (headers) => headers['x-api-key'] === UPSTREAM_KEY && headers['anthropic-version'] === '2023-06-01',
  read: readMessages,
  events: messageEvents,
  error: (status, message) =>
    messageError({ 400: 'invalid_request_error', 401: 'authentication_error', 429: 'rate_limit_error' }[status], message),
};

const APIS: ReadonlyMap<string, Api> = new Map([
  ['/v1/chat/completions', CHAT_COMPLETIONS],
  ['/v1/messages', MESSAGES],
]);

export interface Upstream {
  /** Without `/v1`. */
  readonly url: string;
  /** Until it is called off, every request is answered with 429. */
  throttle(): () => void;
  /** Until it is called off, answers are cut after their first piece of content. */
  cut(): () => void;
  /** Until `resume`, answers stop after their first piece of content. */
  pause(): void;
  resume(): void;
  /** Answers whose reader left before their end. */
  abandoned(): number;
  close(): Promise<void>;
}

/**
 * No provider: a server on this machine that reads requests and streams answers as OpenAI and Anthropic do, strictly and as far as the gateway
 * goes, with the emulator's simulated model behind both.
 */
export async function startUpstream(): Promise<Upstream> {
  let isThrottling = false;
  let isCutting = false;
  let abandoned = 0;
  let paused: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  async function respond(received: Received, response: ServerResponse): Promise<void> {
    const api = APIS.get(received.path);
    if (api === undefined) return refuse(response, 404, {});
    if (!api.isKeyed(received.headers)) return refuse(response, 401, api.error(401, 'Incorrect API key provided.'));
    if (isThrottling) return refuse(response, 429, api.error(429, 'Rate limit reached.'));
    let request: ModelRequest;
    try {
      request = api.read(JSON.parse(received.body));
    } catch (error) {
      return refuse(response, 400, api.error(400, error instanceof z.ZodError ? z.prettifyError(error) : String(error)));
    }
    await stream(response, api.events(request.modelId, simulatedModel.answer(request)));
  }

  async function stream(response: ServerResponse, events: readonly string[]): Promise<void> {
    const left = once(response, 'close').then(() => {
      if (!response.writableFinished) abandoned += 1;
    });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    // The head of an answer, the head of its first block, and a piece or two.
    const [first, rest] = [events.slice(0, 4), events.slice(4)];
    if (isCutting) return void response.write(first.join(''), () => response.destroy());
    response.write(first.join(''));
    if (paused !== undefined) await Promise.race([paused.promise, left]);
    // Each in a write of its own, as a model makes them.
    for (const event of rest) response.write(event);
    response.end();
  }

  const server = await startServer(respond);
  return {
    url: server.url,
    throttle: () => {
      isThrottling = true;
      return () => {
        isThrottling = false;
      };
    },
    cut: () => {
      isCutting = true;
      return () => {
        isCutting = false;
      };
    },
    pause: () => {
      paused = Promise.withResolvers<void>();
    },
    resume: () => {
      paused?.resolve();
      paused = undefined;
    },
    abandoned: () => abandoned,
    close: () => server.close(),
  };
}

function refuse(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
