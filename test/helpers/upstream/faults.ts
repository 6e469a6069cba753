import type { ServerResponse } from 'node:http';
import { startServer, type TestServer } from '../../unit/lambdas/support/http-server';
import { chatCompletionError, chunkEvent } from './chat-completions';
import { messageError, messageEvent } from './messages';

/** What goes wrong at providers that are called over HTTP, at the wire, for both APIs. */

/** What an API says, byte for byte. */
interface Dialect {
  readonly head: string;
  readonly text: (piece: string) => string;
  /** The end of an answer, with its usage. */
  readonly end: (reason: 'stop' | 'length' | 'filter') => string;
  /** The body of an answer that is an error. */
  readonly error: (kind: ErrorKind) => object;
  /** An error in the middle of a stream. */
  readonly errorEvent: string;
}

type ErrorKind = 'throttled' | 'failed' | 'overloaded' | 'too long';

const chunk = (delta: object, finish_reason: string | null = null) =>
  chunkEvent({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] });
const USAGE = { input: 20, output: 7 };

const chatCompletions: Dialect = {
  head: chunk({ role: 'assistant', content: '' }),
  text: (content) => chunk({ content }),
  end: (reason) => {
    const usage = { prompt_tokens: USAGE.input, completion_tokens: USAGE.output, total_tokens: USAGE.input + USAGE.output };
    const finish = chunk({}, reason === 'filter' ? 'content_filter' : reason);
    return finish + chunkEvent({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [], usage }) + chunkEvent('[DONE]');
  },
  error: (kind) => {
    switch (kind) {
      case 'throttled':
        return chatCompletionError('requests', 'Rate limit reached for requests.', 'rate_limit_exceeded');
      case 'failed':
        return chatCompletionError('server_error', 'The server had an error while processing your request.');
      case 'overloaded':
        return chatCompletionError('server_error', 'The engine is currently overloaded, please try again later.');
      case 'too long': {
        const message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.";
        return chatCompletionError('invalid_request_error', message, 'context_length_exceeded');
      }
    }
  },
  errorEvent: chunkEvent(chatCompletionError('server_error', 'The server had an error while processing your request.')),
};

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', filter: 'refusal' } as const;

const messages: Dialect = {
  head:
    messageEvent({
      type: 'message_start',
      message: { id: 'msg_1', type: 'message', role: 'assistant', content: [], usage: { input_tokens: USAGE.input, output_tokens: 1 } },
    }) + messageEvent({ type: 'ping' }),
  text: (text) => messageEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  end: (reason) =>
    messageEvent({ type: 'message_delta', delta: { stop_reason: STOP_REASONS[reason] }, usage: { output_tokens: USAGE.output } }) +
    messageEvent({ type: 'message_stop' }),
  error: (kind) => {
    switch (kind) {
      case 'throttled':
        return messageError('rate_limit_error', 'This request would exceed your rate limit.');
      case 'failed':
        return messageError('api_error', 'Internal server error');
      case 'overloaded':
        return messageError('overloaded_error', 'Overloaded');
      case 'too long':
        return messageError('invalid_request_error', 'prompt is too long: 200001 tokens > 200000 maximum');
    }
  },
  errorEvent: messageEvent(messageError('overloaded_error', 'Overloaded')),
};

type Fault = (response: ServerResponse, api: Dialect) => void;

const refuse =
  (status: number, kind: ErrorKind, headers: Readonly<Record<string, string>> = {}): Fault =>
  (response, api) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(api.error(kind)));
  };
/** Streams this, and ends. */
const say =
  (of: (api: Dialect) => string): Fault =>
  (response, api) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(of(api));
  };
/** Streams this, and no more. */
const stopAfter =
  (of: (api: Dialect) => string, then: (response: ServerResponse) => void): Fault =>
  (response, api) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(of(api), () => then(response));
  };
const half = ({ head, text }: Dialect) => head + text('Half an ');

/** By the name that a model has at the provider. */
const faults = (fallSilent: (when: Silence) => void): Readonly<Record<string, Fault>> => ({
  healthy: say(({ head, text, end }) => head + text('Half an ') + text('answer and the other half.') + end('stop')),
  '429-and-when-to-come-back': refuse(429, 'throttled', { 'retry-after': '30' }),
  '429': refuse(429, 'throttled'),
  '500': refuse(500, 'failed'),
  '503': refuse(503, 'overloaded'),
  '529': refuse(529, 'overloaded'),
  'slow-first-token': stopAfter(
    ({ head }) => head,
    () => fallSilent('before the answer'),
  ),
  stall: stopAfter(half, () => fallSilent('in the answer')),
  cut: stopAfter(half, (response) => response.destroy()),
  'error-event': say((api) => half(api) + api.errorEvent),
  'malformed-json': say((api) => `${half(api)}data: {"type": "content_block_delta", "choices": [\n\n`),
  empty: say(({ head, end }) => head + end('stop')),
  truncated: say(half),
  'at-its-limit': say((api) => half(api) + api.end('length')),
  'wrong-content-type': (response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>Sign in to continue</body></html>');
  },
  'too-long': refuse(400, 'too long'),
  filtered: say((api) => half(api) + api.end('filter')),
});

type Silence = 'before the answer' | 'in the answer';

export interface FaultyUpstream extends TestServer {
  /** Of each answer that has fallen silent, when. */
  readonly silences: readonly Silence[];
}

/** A provider that does to each request what the name of its model says, in the API that it is called by. */
export async function startFaultyUpstream(): Promise<FaultyUpstream> {
  const silences: Silence[] = [];
  const known = faults((when) => void silences.push(when));
  const server = await startServer(({ path, body }, response) => {
    const { model } = JSON.parse(body) as { readonly model: string };
    const fault = known[model];
    if (fault === undefined) throw new Error(`The upstream knows no fault ${model}.`);
    fault(response, path === '/v1/messages' ? messages : chatCompletions);
  });
  return { ...server, silences };
}
