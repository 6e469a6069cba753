import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { serverRequest } from '../../../../lambdas/gateway/server-request';

function requestOf(body: Readable, rawHeaders: readonly string[] = []): Request {
  const incoming = Object.assign(body, { method: 'POST', url: '/', rawHeaders }) as unknown as IncomingMessage;
  return serverRequest(incoming, new AbortController().signal);
}

const chunksOf = (body: Readable) => requestOf(body).body as unknown as AsyncIterable<Uint8Array>;

test('headers are found whatever their case, and those of one name are one list', () => {
  const { headers } = requestOf(Readable.from([]), ['Authorization', 'Bearer a', 'X-Other', 'b', 'AUTHORIZATION', 'Bearer c']);
  expect(headers.get('authorization')).toBe('Bearer a, Bearer c');
  expect(headers.get('X-OTHER')).toBe('b');
  expect(headers.get('x-none')).toBeNull();
});

test('what is not there throws instead of being undefined', () => {
  const request = requestOf(Readable.from([]));
  expect(() => request.json()).toThrow();
  expect(() => request.headers.has('a')).toThrow();
});

test('the body comes chunk by chunk, however fast it is sent', async () => {
  const chunks = Array.from({ length: 50 }, (_, index) => Buffer.from(`${index},`));
  expect(await text(chunksOf(Readable.from(chunks)))).toBe(chunks.join(''));
});

test('a body without anything in it is over at once', async () => {
  expect(await text(chunksOf(Readable.from([])))).toBe('');
});

test('whoever leaves early leaves the rest unread', async () => {
  let given = 0;
  const body = Readable.from(
    (function* () {
      for (; given < 1_000; given++) yield Buffer.alloc(65_536);
    })(),
    { objectMode: false },
  );
  for await (const chunk of chunksOf(body)) {
    expect(chunk.byteLength).toBeGreaterThan(0);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(given).toBeLessThan(20);
  expect(body.destroyed).toBe(false);
});

test('a body that breaks off is an error, also for whoever asks later', async () => {
  const body = new Readable({ read: () => undefined });
  const chunks = chunksOf(body)[Symbol.asyncIterator]();
  const first = chunks.next();
  body.push('half');
  expect((await first).value).toEqual(Buffer.from('half'));
  const second = chunks.next();
  body.destroy();
  await expect(second).rejects.toThrow('The request ended before its body did.');
  await expect(chunks.next()).rejects.toThrow('The request ended before its body did.');
});
