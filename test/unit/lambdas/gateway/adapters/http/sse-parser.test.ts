import * as fc from 'fast-check';
import { GatewayError } from '../../../../../../lambdas/core/errors';
import {
  DATA,
  END,
  frameOf,
  type ServerSentEvent,
  ServerSentEventParser,
} from '../../../../../../lambdas/gateway/adapters/http/sse-parser';

function parse(...chunks: readonly Uint8Array[]): ServerSentEvent[] {
  const parser = new ServerSentEventParser();
  const events: ServerSentEvent[] = [];
  for (const chunk of chunks) {
    parser.write(chunk);
    for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event);
  }
  return events;
}

function parseText(text: string): ServerSentEvent[] {
  return parse(Buffer.from(text));
}

/** Every way of cutting the bytes in two, and the one of cutting them into single bytes. */
function expectAtEveryBoundary(bytes: Uint8Array, expected: readonly ServerSentEvent[]): void {
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(parse(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(expected);
  }
  expect(parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected);
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
  ])('%s', (_, text, expected) => {
    expect(parseText(text)).toEqual(expected);
  });

  test('bytes that are no UTF-8 are replaced', () => {
    expect(parse(Buffer.from('data: '), Uint8Array.of(0xff), Buffer.from('\n\n'))).toEqual([{ event: undefined, data: '\ufffd' }]);
  });
});

describe('chunks may be cut anywhere', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('with lines that end in %s', (_, end) => {
    const text = ['event: delta', 'data: é €', ': comment', 'data: 😀', '', 'data:', '', '', 'event: end', 'data: {"a":1}', '', ''].join(
      end,
    );
    expectAtEveryBoundary(Buffer.from(text), [
      { event: 'delta', data: 'é €\n😀' },
      { event: undefined, data: '' },
      { event: 'end', data: '{"a":1}' },
    ]);
  });

  test('with all three line ends mixed', () => {
    const text = 'data: a\r\ndata: b\rdata: c\n\rdata: d\n\r\ndata: e\r\r\n';
    expectAtEveryBoundary(Buffer.from(text), [
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

  test('whatever the events, the line ends and the cuts', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 4 }),
        fc.infiniteStream(lineEnd),
        fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 200 }))),
        (events, ends, sizes) => {
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
          expect(parse(...chunks)).toEqual(events.map(({ name, lines: data }) => ({ event: name, data: data.join('\n') })));
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('what a chunk ends is there before the next one', () => {
  const parser = new ServerSentEventParser();
  parser.write(Buffer.from('data: a\n\ndata: b\n\ndata: c'));
  expect([parser.next(), parser.next(), parser.next()]).toEqual([
    { event: undefined, data: 'a' },
    { event: undefined, data: 'b' },
    undefined,
  ]);
  parser.write(Buffer.from('\n\n'));
  expect([parser.next(), parser.next()]).toEqual([{ event: undefined, data: 'c' }, undefined]);
});

describe('events that are alike', () => {
  const HEAD = `${DATA}{"t":"`;
  const TAIL = `"}${END}`;
  const FRAME = frameOf(HEAD, TAIL);
  const alike = (text: string): string => HEAD + text + TAIL;
  const isRight = (text: string): boolean => !/["\n]/.test(text);

  function taken(...texts: readonly string[]): { alike: readonly string[]; next: ServerSentEvent | undefined } {
    const parser = new ServerSentEventParser();
    for (const text of texts.slice(0, -1)) {
      parser.write(Buffer.from(text));
      while (parser.next() !== undefined);
    }
    parser.write(Buffer.from(texts.at(-1) ?? ''));
    return { alike: parser.takeAlike(FRAME, isRight), next: parser.next() };
  }

  test.each<[string, readonly string[], readonly string[], string | undefined]>([
    ['none', [`${DATA}x${END}`], [], 'x'],
    ['one', [alike('a')], ['a'], undefined],
    ['several, and another one', [`${alike('a')}${alike('')}${alike('ö')}${DATA}x${END}`], ['a', '', 'ö'], 'x'],
    ['the last one without its end', [alike('a') + alike('b').slice(0, -1)], ['a'], undefined],
    ['after one that is not right', [alike('a') + alike('b"') + alike('c')], ['a'], '{"t":"b""}'],
    ['one that goes on otherwise', [`${HEAD}a","u":1}${END}${alike('b')}`], [], '{"t":"a","u":1}'],
    ['with a name', [`event: e\n${alike('a')}`], [], '{"t":"a"}'],
    ['with CRLF', [`${DATA}x\r\n\r\n${alike('a')}`], [], 'x'],
    ['in the middle of an event', [`${DATA}x\n`, alike('a')], [], 'x\n{"t":"a"}'],
    ['in the middle of a line', [DATA.slice(0, 2), `${DATA.slice(2)}x${END}${alike('a')}`], [], 'x'],
    ['at the start of the next chunk', [alike('x'), alike('a')], ['a'], undefined],
  ])('%s', (_what, chunks, texts, next) => {
    expect(taken(...chunks)).toEqual({ alike: texts, next: next === undefined ? undefined : expect.objectContaining({ data: next }) });
  });

  test('leave what follows to be read as ever', () => {
    const parser = new ServerSentEventParser();
    parser.write(Buffer.from(`${alike('a')}${DATA}x${END}${alike('b')}${DATA}y`));
    expect(parser.takeAlike(FRAME, isRight)).toEqual(['a']);
    expect(parser.next()?.data).toBe('x');
    expect(parser.takeAlike(FRAME, isRight)).toEqual(['b']);
    expect(parser.next()).toBeUndefined();
    parser.write(Buffer.from(END));
    expect(parser.next()?.data).toBe('y');
  });
});

describe('a source without an end', () => {
  const mebibyte = Buffer.alloc(1_048_576, 'a');

  test('to a line is refused', () => {
    expect(() => parse(Buffer.from('data: '), ...Array.from({ length: 5 }, () => mebibyte))).toThrow(GatewayError);
  });

  test('to an event is refused', () => {
    const line = Buffer.from(`data: ${'a'.repeat(1_048_576)}\n`);
    expect(() => parse(...Array.from({ length: 5 }, () => line))).toThrow(expect.objectContaining({ code: 'model_stream_interrupted' }));
  });

  test('is read on for as long as its events are small', () => {
    const lines = Buffer.from('data: a\n\n'.repeat(116_509));
    expect(parse(...Array.from({ length: 5 }, () => lines))).toHaveLength(5 * 116_509);
  });
});
