import type { ModelEvent } from '../../../../../../lambdas/gateway/adapters/adapter';
import type { HttpResponse } from '../../../../../../lambdas/gateway/adapters/http/http-client';
import { type AnswerReader, SentAnswer } from '../../../../../../lambdas/gateway/adapters/http/sent-answer';
import type { ServerSentEventParser } from '../../../../../../lambdas/gateway/adapters/http/sse-parser';
import { GatewayError } from '../../../../../../lambdas/core/errors';

const MALFORMED = new Error('malformed');

/** Takes each event's data as text; `over` is the end, `malformed` none that it can read. */
class Reader implements AnswerReader {
  begun = false;
  ended = false;

  read(sent: ServerSentEventParser, events: ModelEvent[]): void {
    for (let next = sent.next(); next !== undefined; next = sent.next()) {
      if (next.data === 'malformed') throw MALFORMED;
      this.begun = true;
      events.push({ type: 'text', text: next.data });
      this.ended = next.data === 'over';
      if (this.ended) return;
    }
  }

  end(): void {
    throw new Error('cut');
  }
}

interface Sent {
  /** Data of its events, chunk by chunk. */
  readonly chunks: readonly (readonly string[])[];
  readonly status?: number;
  readonly contentType?: string;
}

function answerOf({ chunks, status = 200, contentType = 'text/event-stream; charset=utf-8' }: Sent) {
  const left = chunks.map((texts) => Buffer.from(texts.map((text) => `data: ${text}\n\n`).join('')));
  const released: boolean[] = [];
  const next = async (): Promise<IteratorResult<Uint8Array, void>> => {
    const value = left.shift();
    return value === undefined ? { done: true, value } : { done: false, value };
  };
  const response: HttpResponse = {
    status,
    headers: { 'content-type': contentType },
    next,
    [Symbol.asyncIterator]: () => ({ next }),
    text: async () => Buffer.concat(left).toString(),
    release: (complete) => void released.push(complete),
  };
  const answer = new SentAnswer({
    modelId: 'large',
    signal: new AbortController().signal,
    post: async () => response,
    refusalOf: async () => new GatewayError('rate_limit_exceeded', await response.text()),
    reader: new Reader(),
  });
  return { answer, released };
}

const text = (said: string): ModelEvent => ({ type: 'text', text: said });

test('a batch for each chunk of the network that says something, and with the last one that nothing follows', async () => {
  const { answer, released } = answerOf({ chunks: [['a', 'b'], [], ['c', 'over', 'd']] });
  expect(await answer.next()).toEqual({ done: false, value: [text('a'), text('b')], isLast: false });
  expect(released).toEqual([]);
  expect(await answer.next()).toEqual({ done: false, value: [text('c'), text('over')], isLast: true });
  expect(released).toEqual([true]);
  expect(await answer.next()).toEqual({ done: true, value: undefined });
  expect(released).toEqual([true]);
});

test('what comes before an error is handed on before it is thrown, and is not said to be the last', async () => {
  const { answer, released } = answerOf({ chunks: [['a', 'malformed', 'b']] });
  expect(await answer.next()).toEqual({ done: false, value: [text('a')], isLast: false });
  await expect(answer.next()).rejects.toMatchObject({ code: 'model_stream_interrupted', cause: MALFORMED });
  expect(released).toEqual([false]);
  expect(await answer.next()).toEqual({ done: true, value: undefined });
});

test('an answer that is cut is an error, and its connection is not used again', async () => {
  const { answer, released } = answerOf({ chunks: [['a']] });
  expect(await answer.next()).toEqual({ done: false, value: [text('a')], isLast: false });
  await expect(answer.next()).rejects.toMatchObject({ code: 'model_stream_interrupted', cause: new Error('cut') });
  expect(released).toEqual([false]);
});

test('a refusal is read to its end', async () => {
  const { answer, released } = answerOf({ chunks: [['slow down']], status: 429 });
  await expect(answer.next()).rejects.toThrow('slow down');
  expect(released).toEqual([true]);
});

test('what is no event stream is no answer', async () => {
  const { answer, released } = answerOf({ chunks: [['hello']], contentType: 'text/html' });
  const cause = new Error('The provider answered with content type text/html: data: hello\n\n');
  await expect(answer.next()).rejects.toMatchObject({ code: 'model_unavailable', cause });
  expect(released).toEqual([false]);
});

test('a reader that leaves closes the connection, once', async () => {
  const { answer, released } = answerOf({ chunks: [['a'], ['b']] });
  await answer.next();
  await answer.return();
  await answer.return();
  expect(released).toEqual([false]);
  expect(await answer.next()).toEqual({ done: true, value: undefined });
});
