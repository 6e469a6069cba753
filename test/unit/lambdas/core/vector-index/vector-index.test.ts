import { createVectorIndex } from '../../../../../lambdas/core/vector-index/create-vector-index';
import type { NewDocument, VectorQuery } from '../../../../../lambdas/core/vector-index/types';
import { type Respond, startServer, type TestServer } from '../../support/http-server';

/** What goes over the wire, and what an odd answer comes to. What a whole server says is in test/contract. */

let server: TestServer;
let respond: Respond;
beforeEach(async () => {
  server = await startServer((...all) => respond(...all));
});
afterEach(() => server.close());

const answerWith = (status: number, body: unknown): void => {
  respond = (_request, response) => void response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
};
const index = (dimensions = 2) => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const config = { region: async () => 'eu-west-1', credentials: async () => credentials, systemClockOffset: 0 };
  return createVectorIndex(config, { endpoint: `${server.url}/base/`, indexName: 'documents', dimensions });
};
const query: VectorQuery = { vector: [1, 0], limit: 1, filter: {} };
const hit = (_id: string, _source: object) => ({ _id, _score: 1, _source });

test('a search is one request, signed for the service, for more candidates than were asked for', async () => {
  answerWith(200, { hits: { hits: [hit('far', { vector: [0, 1] }), hit('near', { vector: [3, 0], a: 1 })] } });
  expect(await index().search({ ...query, filter: { partition: 'p', readers: ['a', 'b'], at: { gt: 5 } } })).toEqual([
    { id: 'near', similarity: 1, text: undefined, fields: { a: 1 } },
  ]);
  expect(server.received).toHaveLength(1);
  const [{ method, path, headers, body } = { method: '', path: '', headers: {}, body: '' }] = server.received;
  expect([method, path, headers['content-type']]).toEqual(['POST', '/base/documents/_search', 'application/json']);
  expect(headers.authorization).toContain('/eu-west-1/aoss/aws4_request');
  expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(headers).not.toHaveProperty('x-amz-target');
  const clauses = [{ term: { partition: 'p' } }, { terms: { readers: ['a', 'b'] } }, { range: { at: { gt: 5 } } }];
  expect(JSON.parse(body)).toEqual({
    size: 16,
    query: { knn: { vector: { vector: [1, 0], k: 16, filter: { bool: { filter: clauses } } } } },
  });
});

test('a hit without its vector, or with one of another length, is none', async () => {
  answerWith(200, { hits: { hits: [hit('a', {}), hit('b', { vector: [1] }), { _id: 'c' }, hit('d', { vector: [0, 0] })] } });
  expect(await index().search({ ...query, limit: 5 })).toEqual([{ id: 'd', similarity: 0, text: undefined, fields: {} }]);
});

test('many documents go in several requests, and their results come in order', async () => {
  let count = 0;
  respond = (request, response) => {
    const added = request.body.split('\n').filter((line) => line === '{"index":{}}');
    response.end(JSON.stringify({ items: added.map(() => ({ index: { _id: `id-${count++}`, status: 201 } })) }));
  };
  const text = 'x'.repeat(1_000_000);
  const documents = Array.from({ length: 9 }, (): NewDocument => ({ vector: [1, 2], text }));
  expect(await index().put(documents)).toEqual(documents.map((_, position) => ({ id: `id-${position}` })));
  expect(server.received.map(({ body }) => body.split('{"index":{}}').length - 1)).toEqual([4, 4, 1]);
  expect(server.received[0]?.body.endsWith('\n')).toBe(true);
});

test('nothing to do is nothing sent', async () => {
  expect([await index().put([]), await index().remove([])]).toEqual([[], []]);
  expect(server.received).toEqual([]);
});

test('a document’s own vector and text come before fields of the same names', async () => {
  answerWith(200, { items: [{ index: { _id: 'a', status: 201 } }] });
  await index().put([{ vector: [1, 2], text: 'own', fields: { vector: 'not mine', text: 'nor this', at: 5 } }]);
  expect(JSON.parse(server.received[0]?.body.split('\n')[1] ?? '')).toEqual({ vector: [1, 2], text: 'own', at: 5 });
});

test('what was refused by itself is told by its type, and what is still there after a deletion by its id', async () => {
  const error = { type: 'mapper_parsing_exception', reason: 'failed to parse: secret words' };
  answerWith(200, { errors: true, items: [{ index: { _id: null, status: 400, error } }, {}] });
  expect(await index().put([{ vector: [1, 2] }, { vector: [1, 2] }])).toEqual([
    { error: 'mapper_parsing_exception', status: 400 },
    { error: 'unknown', status: 500 },
  ]);
  const items = [200, 404, 429, 503].map((status) => ({ delete: { status, ...(status > 404 && { error: { type: 'busy' } }) } }));
  answerWith(200, { items });
  expect(await index().remove(['a', 'b', 'c', 'd', 'e'])).toEqual(['c', 'd', 'e']);
});

test.each<[string, number, unknown, string]>([
  [
    'a refusal that names who and what',
    403,
    { error: { type: 'security_exception', reason: 'User x may not' } },
    '403 security_exception: User x may not',
  ],
  [
    'a refusal that may quote the document',
    400,
    { error: { type: 'parse_exception', reason: 'near "secret words"' } },
    '400 parse_exception',
  ],
  ['a refusal in one word', 403, { error: 'Forbidden' }, '403 Forbidden'],
  ['a refusal without a word', 503, {}, '503 unknown'],
  ['no JSON', 502, '<html>secret words</html>', '502 not_json'],
])('%s is an error', async (_what, status, body, message) => {
  answerWith(status, body);
  await expect(index().search(query)).rejects.toMatchObject({
    name: 'VectorIndexError',
    status,
    message: `The vector index refused a search: ${message}`,
  });
});

test.each<[string, Partial<VectorQuery>, RegExp]>([
  ['a vector of another dimension', { vector: [1, 2, 3] }, /The vector of the query has 3 numbers; the index takes 2/],
  ['no number', { vector: [1, Number.NaN] }, /has NaN at 1/],
  ['an infinite number', { vector: [Number.NEGATIVE_INFINITY, 1] }, /has -Infinity at 0/],
  ['a vector without a direction', { vector: [0, -0] }, /all zeros/],
  ['no limit', { limit: 0 }, /limit is 0; a search takes a whole number from 1 to 1000/],
  ['half a limit', { limit: 1.5 }, /limit is 1\.5/],
  ['an infinite limit', { limit: Number.POSITIVE_INFINITY }, /limit is Infinity/],
  ['a range without a bound', { filter: { at: {} } }, /range of at is \{\}/],
  ['a range to nowhere', { filter: { at: { lt: Number.NaN } } }, /at least one of gt, gte, lt and lte, each a finite number/],
])('refuses %s, and sends nothing', async (_what, more, message) => {
  await expect(index().search({ ...query, ...more })).rejects.toThrow(message);
  expect(server.received).toEqual([]);
});

test('one broken document of many keeps all of them from being sent', async () => {
  await expect(index().put([{ vector: [1, 2] }, { vector: [1] }])).rejects.toThrow(/The vector of document 1 has 1 numbers/);
  expect(server.received).toEqual([]);
});

test('an index name that could be another path is refused', () => {
  const config = {
    region: async () => 'eu-west-1',
    credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
    systemClockOffset: 0,
  };
  const of = (indexName: string) => () => createVectorIndex(config, { endpoint: 'https://e.example', indexName, dimensions: 2 });
  for (const name of ['', '_all', 'a/b', '../a', 'A', 'a b', 'é']) expect(of(name)).toThrow(/The index name/);
});
