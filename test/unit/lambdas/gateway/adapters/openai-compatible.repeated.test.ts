import * as fc from 'fast-check';
import type { ModelEntry } from '../../../../../lambdas/core/platform';
import type { ModelEvent } from '../../../../../lambdas/gateway/adapters/adapter';
import { ChunkTranslator } from '../../../../../lambdas/gateway/adapters/openai-compatible/chunks';
import { DATA, END, ServerSentEventParser } from '../../../../../lambdas/gateway/adapters/http/sse-parser';
import { RepeatedChunk } from '../../../../../lambdas/gateway/adapters/openai-compatible/repeated-chunk';
import { platform, simpleChat } from '../../support/ports';

/** What is read of a chunk by what stands around its text must be what is read of it whole. */

const requestOf = (stream: boolean) => ({
  model: platform.models[0] as ModelEntry,
  offered: platform.models,
  body: { ...simpleChat, stream } as never,
  maxTokens: 100,
});

const chunkOf = (delta: object, more: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
});

/** By a translator that has read nothing before. */
function readAlone(data: string): ModelEvent[] {
  const parser = new ServerSentEventParser();
  const events: ModelEvent[] = [];
  parser.write(Buffer.from(wire(data)));
  new ChunkTranslator(requestOf(true)).read(parser, events);
  return events;
}

const piece = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string(),
  fc.constantFrom('', '"', '\\', '\n', '"},"finish_reason":"stop"}]}', 'content', '"content":"x"'),
);
const delta = fc.oneof(
  { weight: 8, arbitrary: fc.record({ content: piece }) },
  fc.record({ content: piece, role: fc.constant('assistant') }),
  fc.record({ content: fc.constant(null), refusal: piece }),
  fc.record({ content: piece, reasoning_content: piece }),
  fc.record({ reasoning: piece }),
);
const logprobs = fc.constantFrom({}, {}, {}, { logprobs: { content: [{ token: 'a' }] } });
const size = fc.integer({ min: 1, max: 700 });
const spacing = fc.constantFrom(undefined, 1);

test.each([true, false])('chunks of one stream, in any order; shown as a stream: %j', (stream) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(delta, logprobs, spacing), { minLength: 2, maxLength: 12 }), fc.array(size), (chunks, sizes) => {
      const sent = chunks.map(([said, more, indent]) => JSON.stringify(chunkOf(said, more), undefined, indent));
      const translator = new ChunkTranslator(requestOf(stream));
      const parser = new ServerSentEventParser();
      const events: ModelEvent[] = [];
      for (const chunk of cut(Buffer.from(sent.map(wire).join('')), sizes)) {
        parser.write(chunk);
        translator.read(parser, events);
      }
      const alone = sent.flatMap(readAlone);
      if (stream) expect(events).toEqual(alone);
      else expect(inOnePiece(events)).toEqual(inOnePiece(alone));
      expect(translator.begun).toBe(events.length > 0);
    }),
    { numRuns: 2_000 },
  );
});

/** Texts that follow each other as one. */
function inOnePiece(events: readonly ModelEvent[]): ModelEvent[] {
  const joined: ModelEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    if (event.type === 'text' && last?.type === 'text') joined.splice(-1, 1, { type: 'text', text: last.text + event.text });
    else joined.push(event);
  }
  return joined;
}

test('texts that come together are one event for who is not shown pieces', () => {
  const read = (stream: boolean): number => {
    const parser = new ServerSentEventParser();
    const events: ModelEvent[] = [];
    parser.write(Buffer.from(['a', 'b', 'c', 'd'].map((content) => wire(JSON.stringify(chunkOf({ content })))).join('')));
    new ChunkTranslator(requestOf(stream)).read(parser, events);
    expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('')).toBe('abcd');
    return events.length;
  };
  // The first is read before it is known what the others are like.
  expect([read(true), read(false)]).toEqual([4, 2]);
});

/** A line for each of the data's. */
function wire(data: string): string {
  const lines = data.split('\n').map((line) => DATA + line);
  return lines.join('\n') + END;
}

/** Into pieces of these sizes, and the rest. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  let start = 0;
  const pieces = sizes.map((length) => bytes.subarray(start, (start += length)));
  return [...pieces, bytes.subarray(start)];
}

const hi = JSON.stringify(chunkOf({ content: 'Hi' }));
/** Undefined where it has to be read. */
function textOf(data: string, repeated: RepeatedChunk): string | undefined {
  const parser = new ServerSentEventParser();
  parser.write(Buffer.from(DATA + data + END));
  return repeated.takeTexts(parser)[0];
}

function afterHi(): RepeatedChunk {
  const repeated = new RepeatedChunk();
  repeated.learn(hi, JSON.parse(hi));
  return repeated;
}

test('of a chunk that differs in its text alone, that text', () => {
  const repeated = afterHi();
  expect(textOf(JSON.stringify(chunkOf({ content: ' there, wörld 🌍' })), repeated)).toBe(' there, wörld 🌍');
  expect(textOf(JSON.stringify(chunkOf({ content: '' })), repeated)).toBe('');
});

test.each([
  ['an escaped character', JSON.stringify(chunkOf({ content: 'say "hi"' }))],
  ['another end', JSON.stringify(chunkOf({ content: 'Hi' }, { finish_reason: 'stop' }))],
  ['one more member', JSON.stringify(chunkOf({ content: 'Hi', tool_calls: [] }))],
  ['a text that is cut off', hi.slice(0, -20)],
  ['a character that JSON does not allow', hi.replace('Hi', 'H\ni')],
  ['nothing', ''],
])('nothing of one that has %s', (_what, data) => {
  expect(textOf(data, afterHi())).toBeUndefined();
});

test.each([
  ['says something else too', chunkOf({ content: 'Hi', refusal: 'no' })],
  ['ends the answer', chunkOf({ content: 'Hi' }, { finish_reason: 'stop' })],
  ['has the name twice', { ...chunkOf({ content: 'Hi' }), other: { content: 'Hi' } }],
  ['reports the usage', { ...chunkOf({ content: 'Hi' }), usage: { prompt_tokens: 1 } }],
  ['reports an error', { ...chunkOf({ content: 'Hi' }), error: { message: 'no' } }],
])('a chunk is not learned that %s', (_what, chunk) => {
  const repeated = new RepeatedChunk();
  const data = JSON.stringify(chunk);
  repeated.learn(data, chunk);
  expect(textOf(data, repeated)).toBeUndefined();
});

test('nor one in which a name may be written otherwise', () => {
  const data = hi.replace('"content"', '"con\\u0074ent"').replace('"object"', '"content":"Hi","object"');
  const repeated = new RepeatedChunk();
  repeated.learn(data, JSON.parse(data));
  expect(textOf(data, repeated)).toBeUndefined();
});
