import { chunkedResponse, createInstantServer, httpResponse } from './instant-server';
import { announce } from './processes';

/** A model that answers at once, on OpenAI's wire: plain JSON, or server-sent events, whole in one write. `argv`: deltas of an answer. */

const deltas = Number(process.argv[2]);
const base = { id: 'chatcmpl-mock', created: 1_700_000_000, model: 'mock-1' };
const usage = { prompt_tokens: 20, completion_tokens: deltas, total_tokens: 20 + deltas };
const words = Array.from({ length: deltas }, (_, index) => ` word${index}`);

const plain = httpResponse(
  200,
  'application/json',
  JSON.stringify({
    ...base,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: words.join(''), refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage,
  }),
);

const event = (choices: object[], more: object = {}) =>
  `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
const choice = (delta: object, finish_reason: string | null = null) => [{ index: 0, delta, logprobs: null, finish_reason }];
const events = [
  event(choice({ role: 'assistant', content: '', refusal: null })),
  ...words.map((content) => event(choice({ content }))),
  event(choice({}, 'stop')),
];
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const streamed = chunkedResponse(EVENT_STREAM, `${events.join('')}data: [DONE]\n\n`);
const streamedWithUsage = chunkedResponse(EVENT_STREAM, `${events.join('')}${event([], { usage })}data: [DONE]\n\n`);

announce(
  createInstantServer(({ body }) => {
    const { stream, stream_options } = JSON.parse(body) as { stream?: boolean; stream_options?: { include_usage?: boolean } };
    if (stream !== true) return plain;
    return stream_options?.include_usage === true ? streamedWithUsage : streamed;
  }),
);
