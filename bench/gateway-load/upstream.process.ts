import { createServer } from 'node:http';
import { announce } from './processes';

/** A model that answers at once, on OpenAI's wire: plain JSON, or server-sent events, whole in one write. `argv`: deltas of an answer. */

const deltas = Number(process.argv[2]);
const base = { id: 'chatcmpl-mock', created: 1_700_000_000, model: 'mock-1' };
const usage = { prompt_tokens: 20, completion_tokens: deltas, total_tokens: 20 + deltas };
const words = Array.from({ length: deltas }, (_, index) => ` word${index}`);

const plain = Buffer.from(
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
const streamed = Buffer.from(`${events.join('')}data: [DONE]\n\n`);
const streamedWithUsage = Buffer.from(`${events.join('')}${event([], { usage })}data: [DONE]\n\n`);

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    const body = JSON.parse(text) as { stream?: boolean; stream_options?: { include_usage?: boolean } };
    if (body.stream === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.end(body.stream_options?.include_usage === true ? streamedWithUsage : streamed);
    } else {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': plain.length }).end(plain);
    }
  });
});
announce(server);
