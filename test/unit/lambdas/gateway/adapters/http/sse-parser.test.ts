import * as fc from 'fast-check';
import { GatewayError } from '../../../../../../lambdas/core/errors';
import { parseServerSentEvents, type ServerSentEvent } from '../../../../../../lambdas/gateway/adapters/http/sse-parser';

async function* asyncOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
}

async function parse(...chunks: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const batch of parseServerSentEvents(asyncOf(chunks))) for (const event of batch) events.push(event);
  return events;
}

function parseText(text: string): Promise<ServerSentEvent[]> {
  return parse(Buffer.from(text));
}

/** Every way of cutting the bytes in two, and the one of cutting them into single bytes. */
async function expectAtEveryBoundary(bytes: Uint8Array, expected: readonly ServerSentEvent[]): Promise<void> {
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await parse(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(expected);
  }
  expect(await parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
}

describe('the fields of an event', () => {
  test.each<[string, string, readonly ServerSentEvent[]]>([
    ['data alone', 'data: a\n\n', [{ event: undefined, data: 'a' }]],
    ['a name', 'event: ping\ndata: a\n\n', [{ event: 'ping', data: 'a' }]],
    ['a name after the data', 'data: a\nevent: ping\n\n', [{ event: 'ping', data: 'a' }]],
    ['one space after the colon at most', 'data:  a \n\n', [{ event: undefined, data: ' a ' }]],
    ['no space after the colon', 'data:a:b\n\n', [{ event: undefined, data: 'a:b' }]],
    ['several lines of data', 'data: a\ndata:\ndata: b\n\n', [{ event: undefined, data: 'a\n\nb' }]],
    ['data without a colon', 'data\n\n', [{ event: undefined, data: '' }]],
    ['comments', ': keep-alive\n\n:\ndata: a\n: b\n\n', [{ event: undefined, data: 'a' }]],
    ['other fields', 'id: 1\nretry: 5\nDATA: no\n data: no\ndata: a\n\n', [{ event: undefined, data: 'a' }]],
    ['a name without data', 'event: ping\n\ndata: a\n\n', [{ event: undefined, data: 'a' }]],
    ['an empty name', 'event\ndata: a\n\n', [{ event: undefined, data: 'a' }]],
    [
      'blank lines',
      '\n\n\ndata: a\n\n\n\ndata: b\n\n',
      [
        { event: undefined, data: 'a' },
        { event: undefined, data: 'b' },
      ],
    ],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ event: undefined, data: 'a' }]],
    ['a mark that is part of the data', 'data: \ufeffa\n\n', [{ event: undefined, data: '\ufeffa' }]],
    ['an event cut off before its blank line', 'data: a\n\ndata: b\n', [{ event: undefined, data: 'a' }]],
    ['a line cut off', 'data: a\n\ndata: b', [{ event: undefined, data: 'a' }]],
    ['nothing', '', []],
  ])('%s', async (_, text, expected) => {
    expect(await parseText(text)).toEqual(expected);
  });

  test('bytes that are no UTF-8 are replaced', async () => {
    expect(await parse(Buffer.from('data: '), Uint8Array.of(0xff), Buffer.from('\n\n'))).toEqual([{ event: undefined, data: '\ufffd' }]);
  });
});

describe('chunks may be cut anywhere', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('with lines that end in %s', async (_, end) => {
    const text = ['event: delta', 'data: é €', ': comment', 'data: 😀', '', 'data:', '', '', 'event: end', 'data: {"a":1}', '', ''].join(
      end,
    );
    await expectAtEveryBoundary(Buffer.from(text), [
      { event: 'delta', data: 'é €\n😀' },
      { event: undefined, data: '' },
      { event: 'end', data: '{"a":1}' },
    ]);
  });

  test('with all three line ends mixed', async () => {
    const text = 'data: a\r\ndata: b\rdata: c\n\rdata: d\n\r\ndata: e\r\r\n';
    await expectAtEveryBoundary(Buffer.from(text), [
      { event: undefined, data: 'a\nb\nc' },
      { event: undefined, data: 'd' },
      { event: undefined, data: 'e' },
    ]);
  });

  const lineText = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ''));
  const lineEnd = fc.constantFrom('\n', '\r', '\r\n');
  const noise = fc.oneof(
    lineText.map((text) => `:${text}`),
    fc.constantFrom('id: 7', 'retry: 1', 'unknown'),
  );
  const event = fc.record({
    // A lone surrogate has no UTF-8, and a name that is empty is none.
    name: fc.option(
      lineText.filter((text) => text !== '' && text.isWellFormed()),
      { nil: undefined },
    ),
    lines: fc.array(
      lineText.filter((text) => text.isWellFormed()),
      { minLength: 1, maxLength: 3 },
    ),
    noise: fc.array(noise, { maxLength: 2 }),
  });

  test('whatever the events, the line ends and the cuts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 4 }),
        fc.infiniteStream(lineEnd),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        async (events, ends, sizes) => {
          const lines = events.flatMap(({ name, lines: data, noise: others }) => [
            ...others,
            ...(name === undefined ? [] : [`event: ${name}`]),
            ...data.map((text) => `data: ${text}`),
            '',
          ]);
          // A bare CR before a line that is empty would take its LF for its own.
          const text = lines.map((line, index) => line + (lines[index + 1] === '' ? '\n' : ends.next().value)).join('');
          const bytes = Buffer.from(text);
          const chunks: Uint8Array[] = [];
          for (let start = 0; start < bytes.length; ) {
            const size = sizes.next().value ?? 1;
            chunks.push(bytes.subarray(start, start + size));
            start += size;
          }
          expect(await parse(...chunks)).toEqual(events.map(({ name, lines: data }) => ({ event: name, data: data.join('\n') })));
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('the events that one chunk ends come together, before the next chunk is asked for', async () => {
  let asked = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    asked += 1;
    yield Buffer.from('data: a\n\ndata: b\n\ndata: c');
    asked += 1;
    yield Buffer.from('\n\n');
  }
  const events = parseServerSentEvents(chunks());
  expect((await events.next()).value).toEqual([
    { event: undefined, data: 'a' },
    { event: undefined, data: 'b' },
  ]);
  expect(asked).toBe(1);
});

test('a reader who leaves closes the source', async () => {
  let closed = false;
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) yield Buffer.from('data: a\n\n');
    } finally {
      closed = true;
    }
  }
  for await (const _ of parseServerSentEvents(chunks())) break;
  expect(closed).toBe(true);
});

test('an error of the source is passed on', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    yield Buffer.from('data: a\n\n');
    throw new Error('reset');
  }
  const events = parseServerSentEvents(chunks());
  await events.next();
  await expect(events.next()).rejects.toThrow('reset');
});

describe('a source without an end', () => {
  const mebibyte = Buffer.alloc(1_048_576, 'a');

  test('to a line is refused', async () => {
    await expect(parse(Buffer.from('data: '), ...Array.from({ length: 5 }, () => mebibyte))).rejects.toThrow(GatewayError);
  });

  test('to an event is refused', async () => {
    const line = Buffer.from(`data: ${'a'.repeat(1_048_576)}\n`);
    await expect(parse(...Array.from({ length: 5 }, () => line))).rejects.toMatchObject({ code: 'model_stream_interrupted' });
  });

  test('is read on for as long as its events are small', async () => {
    const lines = Buffer.from('data: a\n\n'.repeat(116_509));
    expect(await parse(...Array.from({ length: 5 }, () => lines))).toHaveLength(5 * 116_509);
  });
});
