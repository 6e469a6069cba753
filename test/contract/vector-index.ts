import * as fc from 'fast-check';
import type { NewDocument, VectorIndex } from '../../lambdas/core/vector-index/types';

/** An answer of OpenSearch's API. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server that speaks OpenSearch's API, the emulator's or a real one. */
export interface SearchServer {
  /** @param body an object is sent as JSON, a text as JSON lines */
  call(method: string, path: string, body?: object | string): Promise<Answer>;
  /** A field for vectors of that dimension, compared by cosine; as this server wants it. */
  vectorField(dimension: number): object;
  /** Has what was written be found. */
  settle(index: string): Promise<void>;
  /** Our own client of an index. */
  client(index: string, dimensions: number): VectorIndex;
  stop(): Promise<void>;
}

const DIMENSIONS = 3;
const FIELDS = {
  text: { type: 'text' },
  partition: { type: 'keyword' },
  readers: { type: 'keyword' },
  updatedAt: { type: 'long' },
  price: { type: 'double' },
  isOpen: { type: 'boolean' },
  day: { type: 'date' },
};

/** What the platform relies on: the same tests for the emulator's subset and for OpenSearch itself. */
export function vectorIndexContract(start: () => Promise<SearchServer>): void {
  let server: SearchServer;
  let index: string;
  let client: VectorIndex;
  let count = 0;
  beforeAll(async () => {
    server = await start();
  }, 120_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    index = `documents-${++count}`;
    client = server.client(index, DIMENSIONS);
    await create(index, DIMENSIONS);
  });

  async function create(name: string, dimension: number): Promise<void> {
    const mappings = { properties: { ...FIELDS, vector: server.vectorField(dimension) } };
    const { status, body } = await server.call('PUT', `/${name}`, { settings: { index: { knn: true } }, mappings });
    expect([status, body]).toMatchObject([200, { acknowledged: true }]);
  }

  /** Adds documents, named by the text that they are given; returns their ids by it. */
  async function put(...documents: readonly NewDocument[]): Promise<string[]> {
    const results = await client.put(documents);
    await server.settle(index);
    return results.map((result) => ('id' in result ? result.id : `refused: ${result.error}`));
  }

  const textsOf = (answer: Answer) => hitsIn(answer).map(({ _source }) => _source?.text);
  const search = (body: object) => server.call('POST', `/${index}/_search`, body);

  test('finds the nearest first, with the exact cosine, by ids that the server made', async () => {
    const ids = await put({ vector: [0, 1, 0], text: 'up' }, { vector: [2, 0, 0], text: 'right' }, { vector: [1, 1, 0], text: 'between' });
    expect(new Set(ids).size).toBe(3);
    const hits = await client.search({ vector: [1, 0, 0], limit: 2, filter: {} });
    expect(hits).toEqual([
      { id: ids[1], text: 'right', similarity: 1, fields: {} },
      { id: ids[2], text: 'between', similarity: expect.closeTo(Math.SQRT1_2, 12), fields: {} },
    ]);
  });

  test('scores by half of one plus the cosine, and gives no more than k', async () => {
    await put({ vector: [0, 1, 0], text: 'up' }, { vector: [1, 0, 0], text: 'right' }, { vector: [-1, 0, 0], text: 'left' });
    const answer = await search({ query: { knn: { vector: { vector: [1, 0, 0], k: 2 } } } });
    expect(hitsIn(answer).map(({ _score, _source }) => [_source?.text, _score])).toEqual([
      ['right', expect.closeTo(1, 5)],
      ['up', expect.closeTo(0.5, 5)],
    ]);
    expect(answer.body.hits).toMatchObject({ total: { value: 2, relation: 'eq' }, max_score: expect.closeTo(1, 5) });
  });

  test('filters before it counts neighbours', async () => {
    const near = Array.from({ length: 30 }, (_, n): NewDocument => ({ vector: [1, n / 100, 0], fields: { partition: 'theirs' } }));
    await put(...near, { vector: [0, 0, 1], text: 'far', fields: { partition: 'ours' } });
    const hits = await client.search({ vector: [1, 0, 0], limit: 1, filter: { partition: 'ours' } });
    expect(hits.map(({ text }) => text)).toEqual(['far']);
  });

  test.each<[string, Parameters<VectorIndex['search']>[0]['filter'], string[]]>([
    ['a value', { partition: 'a' }, ['one', 'two']],
    ['one of several values, in a field of several', { readers: ['eve', 'bob'] }, ['one', 'three']],
    ['no value', { readers: [] }, []],
    ['a range', { updatedAt: { gt: 100, lte: 300 } }, ['three', 'two']],
    ['a number', { price: 2.5 }, ['two']],
    ['a truth', { isOpen: true }, ['one', 'three']],
    ['a time', { day: { gte: Date.UTC(2026, 1, 1) } }, ['three', 'two']],
    ['all of them', { partition: 'a', updatedAt: { lt: 200 } }, ['one']],
    ['what nobody has', { partition: 'c' }, []],
  ])('filters by %s', async (_what, filter, expected) => {
    await put(
      {
        vector: [1, 0, 0],
        text: 'one',
        fields: { partition: 'a', readers: ['ann', 'bob'], updatedAt: 100, price: 1, isOpen: true, day: '2026-01-01' },
      },
      {
        vector: [1, 1, 0],
        text: 'two',
        fields: { partition: 'a', readers: ['ann'], updatedAt: 200, price: 2.5, isOpen: false, day: '2026-02-01' },
      },
      {
        vector: [0, 1, 1],
        text: 'three',
        fields: { partition: 'b', readers: 'eve', updatedAt: 300, price: 3, isOpen: true, day: '2026-03-01' },
      },
    );
    const hits = await client.search({ vector: [1, 0, 0], limit: 10, filter });
    expect(hits.map(({ text }) => text).sort()).toEqual(expected);
  });

  test('agrees with a scan of all documents', async () => {
    const number = fc.integer({ min: -50, max: 50 }).map((value) => value / 10);
    const vector = fc.tuple(number, number, number).filter((numbers) => numbers.some((value) => value !== 0));
    const partition = fc.constantFrom('a', 'b');
    const documents = fc.array(fc.record({ vector, partition }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(documents, vector, partition, fc.integer({ min: 1, max: 5 }), async (some, query, own, limit) => {
        index = `generated-${++count}`;
        client = server.client(index, DIMENSIONS);
        await create(index, DIMENSIONS);
        await put(...some.map((one) => ({ vector: one.vector, fields: { partition: one.partition } })));
        const expected = some
          .filter((one) => one.partition === own)
          .map((one) => cosine(one.vector, query))
          .sort((one, other) => other - one)
          .slice(0, limit);
        const hits = await client.search({ vector: query, limit, filter: { partition: own } });
        expect(hits.map(({ similarity }) => similarity)).toEqual(expected.map((value) => expect.closeTo(value, 9)));
      }),
      { numRuns: 12, seed: 20_261_121 },
    );
  });

  test('of what is there twice the best alone', async () => {
    await put(
      { vector: [1, 1, 0], fields: { partition: 'same' } },
      { vector: [1, 0, 0], fields: { partition: 'same' } },
      { vector: [0, 1, 0], fields: { partition: 'other' } },
      { vector: [0, 0, 1] },
      { vector: [0, 0, 1] },
    );
    const hits = await client.search({ vector: [1, 0, 0], limit: 10, filter: {}, distinctBy: 'partition' });
    expect(hits.map(({ fields, similarity }) => [fields.partition, similarity])).toEqual([
      ['same', 1],
      ['other', 0],
      [undefined, 0],
      [undefined, 0],
    ]);
  });

  test('gives ids by filter alone, and no more than are asked for', async () => {
    const [old = '', older = ''] = await put(
      { vector: [1, 0, 0], fields: { updatedAt: 100 } },
      { vector: [0, 1, 0], fields: { updatedAt: 50 } },
      { vector: [0, 0, 1], fields: { updatedAt: 101 } },
      { vector: [0, 0, 1], fields: { partition: 'of no time' } },
    );
    expect((await client.findIds({ updatedAt: { lte: 100 } }, 10)).sort()).toEqual([old, older].sort());
    expect(await client.findIds({ updatedAt: { lte: 100 } }, 1)).toHaveLength(1);
    expect(await client.findIds({ updatedAt: { lte: 1 } }, 10)).toEqual([]);
  });

  test('deletes by id, and what is gone stays gone', async () => {
    const [gone = '', kept = ''] = await put({ vector: [1, 0, 0] }, { vector: [1, 0, 0] });
    expect(await client.remove([gone, 'never-there'])).toEqual([]);
    expect(await client.remove([gone])).toEqual([]);
    await server.settle(index);
    expect((await client.search({ vector: [1, 0, 0], limit: 5, filter: {} })).map(({ id }) => id)).toEqual([kept]);
  });

  test('a document that does not fit is refused by itself', async () => {
    const lines = [
      { vector: [1, 0] },
      { vector: [0, 0, 0] },
      { vector: 'east' },
      { vector: [1, 0, 0], updatedAt: 'soon' },
      { vector: [1, 0, 0], isOpen: 'perhaps' },
      { vector: [1, 0, 0], text: 'fits' },
    ];
    const { status, body } = await server.call(
      'POST',
      `/${index}/_bulk`,
      lines.map((line) => `{"index":{}}\n${JSON.stringify(line)}\n`).join(''),
    );
    expect([status, body.errors]).toEqual([200, true]);
    const items = (
      body.items as readonly { readonly index: { readonly status: number; readonly error?: { readonly type: string } } }[]
    ).map((item) => item.index);
    expect(items.map((item) => item.status)).toEqual([400, 400, 400, 400, 400, 201]);
    expect(items.slice(0, 5).map((item) => typeof item.error?.type)).toEqual(Array(5).fill('string'));
    await server.settle(index);
    expect(textsOf(await search({}))).toEqual(['fits']);
  });

  test('finds words, the rarer and the more frequent first', async () => {
    await put(
      { vector: [1, 0, 0], text: 'Refund of an order' },
      { vector: [1, 0, 0], text: 'order, order: ORDER!' },
      { vector: [1, 0, 0], text: 'A refund' },
    );
    expect(textsOf(await search({ query: { match: { text: 'order' } } }))).toEqual(['order, order: ORDER!', 'Refund of an order']);
    expect(textsOf(await search({ query: { match: { text: { query: 'Refund Order', operator: 'and' } } } }))).toEqual([
      'Refund of an order',
    ]);
    expect(textsOf(await search({ query: { match: { text: 'invoice' } } }))).toEqual([]);
    const scores = hitsIn(await search({ query: { match: { text: 'order' } } })).map(({ _score }) => _score);
    expect(scores).toEqual([expect.closeTo(0.7385771, 6), expect.closeTo(0.4136032, 6)]);
  });

  test.each<[string, object, string[]]>([
    ['all', { match_all: {} }, ['one', 'two', 'three']],
    [
      'what must, must not and should be',
      { bool: { must: [{ match: { text: 'one two' } }], must_not: [{ term: { partition: 'b' } }] } },
      ['one'],
    ],
    [
      'one of those that should be',
      { bool: { should: [{ term: { partition: 'a' } }, { range: { updatedAt: { gte: 3 } } }] } },
      ['one', 'three'],
    ],
    [
      'two of those that should be',
      { bool: { should: [{ match: { text: 'one' } }, { term: { partition: 'a' } }], minimum_should_match: 2 } },
      ['one'],
    ],
    ['what has a field', { exists: { field: 'updatedAt' } }, ['one', 'three']],
    ['one of many values', { terms: { partition: ['a', 'c'] } }, ['one']],
    ['nearness beside words', { bool: { must: [{ match: { text: 'two' } }, { knn: { vector: { vector: [0, 1, 0], k: 1 } } }] } }, ['two']],
  ])('finds %s', async (_what, query, expected) => {
    await put(
      { vector: [1, 0, 0], text: 'one', fields: { partition: 'a', updatedAt: 1 } },
      { vector: [0, 1, 0], text: 'two', fields: { partition: 'b' } },
      { vector: [0, 0, 1], text: 'three', fields: { updatedAt: 3 } },
    );
    expect(textsOf(await search({ query })).sort()).toEqual([...expected].sort());
  });

  test('gives a page, and of documents what is asked for', async () => {
    await put(
      { vector: [1, 0, 0], text: 'one', fields: { partition: 'a' } },
      { vector: [1, 1, 0], text: 'two' },
      { vector: [0, 1, 0], text: 'three' },
    );
    const knn = { knn: { vector: { vector: [1, 0, 0], k: 3 } } };
    expect(textsOf(await search({ query: knn, from: 1, size: 1 }))).toEqual(['two']);
    expect(hitsIn(await search({ query: knn, size: 1, _source: ['partition'] }))[0]?._source).toEqual({ partition: 'a' });
    expect(hitsIn(await search({ query: knn, size: 1, _source: { excludes: ['vector'] } }))[0]?._source).toEqual({
      text: 'one',
      partition: 'a',
    });
    expect(hitsIn(await search({ query: knn, size: 1, _source: false }))[0]).not.toHaveProperty('_source');
    const { body } = await search({ size: 0 });
    expect(body.hits).toMatchObject({ total: { value: 3 }, hits: [] });
  });

  test('many searches in one call, each with an answer of its own', async () => {
    await put({ vector: [1, 0, 0], text: 'one' });
    const bodies = [
      {},
      { query: { match: { text: 'one' } } },
      { index: 'nowhere' },
      {},
      {},
      { query: { knn: { vector: { vector: [1], k: 1 } } } },
    ];
    const { status, body } = await server.call('POST', `/${index}/_msearch`, bodies.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(status).toBe(200);
    const responses = body.responses as readonly (Answer['body'] & { readonly status: number })[];
    expect(responses.map((response) => response.status)).toEqual([200, 404, 400]);
    expect(hitsIn({ status, body: responses[0] ?? {} }).map(({ _source }) => _source?.text)).toEqual(['one']);
    expect(responses[1]).toMatchObject({ error: { type: 'index_not_found_exception' } });
  });

  test.each<[string, string, string, object | string, number, string]>([
    ['an index that is not there', 'POST', '/nowhere/_search', {}, 404, 'index_not_found_exception'],
    ['an index that is there', 'PUT', '/INDEX', {}, 400, 'resource_already_exists_exception'],
    [
      'a vector of another dimension',
      'POST',
      '/INDEX/_search',
      { query: { knn: { vector: { vector: [1], k: 1 } } } },
      400,
      'query_shard_exception',
    ],
    ['no k', 'POST', '/INDEX/_search', { query: { knn: { vector: { vector: [1, 0, 0], k: 0 } } } }, 400, 'illegal_argument_exception'],
    ['two queries in one', 'POST', '/INDEX/_search', { query: { match_all: {}, term: { partition: 'a' } } }, 400, 'parsing_exception'],
    ['too many hits', 'POST', '/INDEX/_search', { size: 10_001 }, 400, 'illegal_argument_exception'],
    ['a bulk without an end', 'POST', '/INDEX/_bulk', '{"index":{}}\n{}', 400, 'illegal_argument_exception'],
    ['an empty bulk', 'POST', '/INDEX/_bulk', '', 400, 'parse_exception'],
    ['a bulk that does what nobody knows', 'POST', '/INDEX/_bulk', '{"put":{}}\n{}\n', 400, 'illegal_argument_exception'],
  ])('refuses %s', async (_what, method, path, body, expected, type) => {
    const answer = await server.call(method, path.replace('INDEX', index), body);
    expect([answer.status, answer.body]).toMatchObject([expected, { status: expected }]);
    expect(answer.body).toMatchObject({ error: { root_cause: [{ type }] } });
  });

  test('our client says so when it is refused', async () => {
    await expect(server.client('nowhere', 3).search({ vector: [1, 0, 0], limit: 1, filter: {} })).rejects.toMatchObject({
      name: 'VectorIndexError',
      status: 404,
      type: 'index_not_found_exception',
      message: expect.stringContaining('nowhere'),
    });
  });
}

interface Hit {
  readonly _id: string;
  readonly _score: number;
  readonly _source?: Readonly<Record<string, unknown>>;
}

function hitsIn({ status, body }: Answer): readonly Hit[] {
  expect([status, body]).toMatchObject([200, { hits: { hits: expect.any(Array) } }]);
  return (body.hits as { readonly hits: readonly Hit[] }).hits;
}

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}
