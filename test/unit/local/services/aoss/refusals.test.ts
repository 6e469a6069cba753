import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { allow } from '../s3/harness';
import { REGION } from '../../endpoint/harness';
import { AossHarness, COLLECTION, dataAccess } from './harness';

/** What OpenSearch would do and the service refuses, and what the emulator refuses because it does not know it. */

let harness: AossHarness;
beforeEach(async () => {
  harness = await AossHarness.start();
  harness.service.createIndex(harness.collection, 'documents', {
    settings: { index: { knn: true } },
    mappings: { properties: { vector: harness.vectorField(2), text: { type: 'text' }, partition: { type: 'keyword' } } },
  });
});
afterEach(() => harness.stop());

test.each<[string, string, string, object | string | undefined, number, RegExp]>([
  ['deleting by query', 'POST', '/documents/_delete_by_query', { query: { match_all: {} } }, 404, /_delete_by_query is not there/],
  ['updating by query', 'POST', '/documents/_update_by_query', {}, 404, /_update_by_query is not there/],
  ['a refresh', 'POST', '/documents/_refresh', undefined, 404, /_refresh is not there/],
  ['a refresh of everything', 'POST', '/_refresh', undefined, 404, /_refresh is not there/],
  ['the cluster', 'GET', '/_cluster/health', undefined, 404, /_cluster is not there/],
  ['the root', 'GET', '/', undefined, 404, /GET \/ is not there/],
  ['a bulk that refreshes', 'POST', '/documents/_bulk?refresh=true', '{"index":{}}\n{}\n', 400, /true refresh policy is not supported/],
  [
    'an engine of one’s own',
    'PUT',
    '/more',
    indexWith({ type: 'knn_vector', dimension: 2, method: { name: 'hnsw', engine: 'faiss' } }),
    400,
    /Leave method\.engine out/,
  ],
  ['an unknown space', 'PUT', '/more', indexWith({ type: 'knn_vector', dimension: 2, space_type: 'hamming' }), 501, /space hamming/],
  ['an unknown type', 'PUT', '/more', indexWith({ type: 'geo_point' }), 501, /type geo_point/],
  [
    'vectors without knn',
    'PUT',
    '/more',
    { mappings: { properties: { vector: { type: 'knn_vector', dimension: 2 } } } },
    400,
    /index\.knn: true/,
  ],
  ['half a dimension', 'PUT', '/more', indexWith({ type: 'knn_vector', dimension: 1.5 }), 400, /whole number from 1 to 16000/],
  ['a document by PUT', 'PUT', '/documents/_doc/1', {}, 501, /does not emulate PUT \/documents\/_doc\/1/],
  ['an unknown query', 'POST', '/documents/_search', { query: { fuzzy: { text: 'a' } } }, 501, /query \[fuzzy\]/],
  ['a query called like a method', 'POST', '/documents/_search', { query: { constructor: {} } }, 501, /query \[constructor\]/],
  ['an unknown option', 'POST', '/documents/_search', { query: { knn: { vector: { vector: [1, 0], k: 1, boost: 2 } } } }, 501, /\[boost\]/],
  ['aggregations', 'POST', '/documents/_search', { aggs: {} }, 501, /\[aggs\]/],
  [
    'a field that is not mapped',
    'POST',
    '/documents/_search',
    { query: { term: { colour: 'red' } } },
    501,
    /colour, which the index does not map/,
  ],
  ['an index name that leaves its folder', 'PUT', '/..%2fother', {}, 400, /Invalid index name/],
])('refuses %s', async (_what, method, path, body, status, reason) => {
  const answer = await harness.call(method, path, body);
  expect(answer).toMatchObject({ status, body: { status, error: { reason: expect.stringMatching(reason) } } });
});

function indexWith(field: object): object {
  return { settings: { index: { knn: true } }, mappings: { properties: { vector: field } } };
}

test.each([
  ['an id of one’s own', '{"index":{"_id":"mine"}}\n{"text":"a"}\n', /Document ID is not supported/],
  ['an update', '{"update":{"_id":"mine"}}\n{"doc":{}}\n', /Update is not supported/],
])('refuses %s, in its own item', async (_what, body, reason) => {
  const { status, body: answer } = await harness.call('POST', '/documents/_bulk', body);
  expect([status, answer]).toMatchObject([200, { errors: true, items: [expect.anything()] }]);
  expect(JSON.stringify(answer)).toMatch(reason);
  expect(await harness.call('POST', '/documents/_search', {})).toMatchObject({ body: { hits: { total: { value: 0 } } } });
});

test.each([
  ['CreateIndex', 'PUT', '/more', {}],
  ['DeleteIndex', 'DELETE', '/documents', undefined],
  ['DescribeIndex', 'GET', '/documents', undefined],
  ['WriteDocument', 'POST', '/documents/_bulk', '{"index":{}}\n{"text":"a"}\n'],
  ['ReadDocument', 'POST', '/documents/_search', {}],
  ['ReadDocument', 'POST', '/documents/_msearch', '{}\n{}\n'],
] as const)('aoss:%s is asked of the data-access policies for %s %s', async (permission, method, path, body) => {
  harness.service.dataAccess.add(dataAccess('able', [`aoss:${permission}`]));
  harness.service.dataAccess.add(
    dataAccess(
      'unable',
      ['Create', 'Delete', 'Describe']
        .map((verb) => `aoss:${verb}Index`)
        .concat('aoss:WriteDocument', 'aoss:ReadDocument')
        .filter((one) => one !== `aoss:${permission}`),
    ),
  );
  const unable = await harness.call(method, path, body, harness.credentialsOf('unable'));
  expect(unable).toMatchObject({
    status: 403,
    body: { error: { reason: expect.stringContaining(`no data-access policy allows the aoss:${permission} action`) } },
  });
  expect((await harness.call(method, path, body, harness.credentialsOf('able'))).status).toBe(200);
});

test('every index that a body names is asked for', async () => {
  harness.service.dataAccess.add(dataAccess('one', ['aoss:*'], 'documents'));
  const credentials = harness.credentialsOf('one');
  const calls = [
    ['/documents/_bulk', '{"index":{}}\n{}\n{"index":{"_index":"other"}}\n{}\n'],
    ['/_msearch', '{"index":"documents"}\n{}\n{"index":"other"}\n{}\n'],
  ] as const;
  for (const [path, body] of calls) {
    expect(await harness.call('POST', path, body, credentials)).toMatchObject({
      status: 403,
      body: { error: { reason: expect.stringContaining(`index/${COLLECTION}/other`) } },
    });
  }
});

test('IAM is asked for the collection, and nothing in IAM stands for a data-access policy', async () => {
  const { arn } = harness.collection.definition;
  const all = allow('*', '*');
  expect(
    (await harness.call('POST', '/documents/_search', {}, harness.credentialsOf('caller', allow('aoss:APIAccessAll', arn)))).status,
  ).toBe(200);
  expect(
    (await harness.call('POST', '/documents/_search', {}, harness.credentialsOf('caller', allow('aoss:APIAccessAll', `${arn}x`)))).status,
  ).toBe(403);
  expect((await harness.call('POST', '/documents/_search', {}, harness.credentialsOf('stranger', all))).status).toBe(403);
});

test('without a network policy nobody gets in', async () => {
  const { path: lonely } = harness.service.createCollection('lonely');
  const answer = await harness.call('POST', `/../..${lonely}/documents/_search`, {});
  expect(answer).toMatchObject({ status: 403, body: { error: { reason: expect.stringContaining('No network policy') } } });
});

test('the official client is understood', async () => {
  const { url } = harness.endpoint;
  const signer = AwsSigv4Signer({ region: REGION, service: 'aoss', getCredentials: async () => harness.credentials });
  const client = new Client({ ...signer, node: url + harness.path });
  const { body: written } = await client.bulk({ index: 'documents', body: [{ index: {} }, { vector: [1, 0], text: 'hello' }] });
  expect(written.errors).toBe(false);
  const { body: found } = await client.search({ index: 'documents', body: { query: { knn: { vector: { vector: [1, 0], k: 1 } } } } });
  expect(found.hits.hits).toMatchObject([{ _source: { text: 'hello' }, _score: 1 }]);
  await client.close();
});

describe('kept from one start to the next', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aoss-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  async function withStart<T>(dimension: number, work: (started: AossHarness) => Promise<T>): Promise<T> {
    const started = await AossHarness.start(folder);
    try {
      started.service.createIndex(started.collection, 'documents', indexWith(started.vectorField(dimension)));
      return await work(started);
    } finally {
      await started.stop();
    }
  }
  const countIn = async (started: AossHarness) => (await started.call('POST', '/documents/_search', { size: 0 })).body.hits;

  test('what was written and not deleted', async () => {
    await withStart(2, async (started) => {
      const [one] = await started.client('documents', 2).put([{ vector: [1, 0] }, { vector: [0, 1] }]);
      await started.client('documents', 2).remove([one && 'id' in one ? one.id : '']);
    });
    expect(await withStart(2, countIn)).toMatchObject({ total: { value: 1 } });
    // The file was written anew, without what was deleted.
    expect(
      fs
        .readFileSync(path.join(folder, `${COLLECTION}.documents.jsonl`), 'utf8')
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1);
  });

  test('nothing of an index that has another dimension now', async () => {
    await withStart(2, (started) => started.client('documents', 2).put([{ vector: [1, 0] }]));
    expect(await withStart(3, countIn)).toMatchObject({ total: { value: 0 } });
  });

  test('a damaged file is an error of one sentence', async () => {
    await withStart(2, (started) => started.client('documents', 2).put([{ vector: [1, 0] }]));
    fs.writeFileSync(path.join(folder, `${COLLECTION}.documents.jsonl`), 'no\n');
    await expect(withStart(2, countIn)).rejects.toThrow(/OpenSearch state in .*line 1 is not JSON.*--fresh/);
  });
});
