import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createVectorIndex } from '../../lambdas/core/vector-index/create-vector-index';
import type { VectorIndex } from '../../lambdas/core/vector-index/types';
import { type Answer, type SearchServer, vectorIndexContract } from '../contract/vector-index';
import { jarsOf } from './support/jars';
import { JavaServer } from './support/java-server';

/** OpenSearch 2.x with k-NN. It asks for no signatures and ignores those that it gets. */
class OpenSearch implements SearchServer {
  static async start(): Promise<OpenSearch> {
    const jars = await jarsOf(path.join(__dirname, 'opensearch/pom.xml'));
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'opensearch-'));
    for (const folder of ['config', 'modules', 'plugins']) fs.mkdirSync(path.join(home, folder));
    const source = path.join(__dirname, 'opensearch/RunOpenSearch.java');
    const server = await JavaServer.start((port) => ['-Xmx1g', '-cp', path.join(jars, '*'), source, home, String(port)]);
    return new OpenSearch(server, home);
  }

  private constructor(
    private readonly server: JavaServer,
    private readonly home: string,
  ) {}

  async call(method: string, path: string, body?: object | string): Promise<Answer> {
    const response = await fetch(this.server.url + path, {
      method,
      headers: { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' },
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  /** The engine whose code is all in jars. The service takes no choice of engine. */
  vectorField(dimension: number): object {
    return { type: 'knn_vector', dimension, method: { name: 'hnsw', engine: 'lucene', space_type: 'cosinesimil' } };
  }

  async settle(index: string): Promise<void> {
    await this.call('POST', `/${index}/_refresh`);
  }

  client(indexName: string, dimensions: number): VectorIndex {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const config = { region: async () => 'eu-west-1', credentials: async () => credentials, systemClockOffset: 0 };
    return createVectorIndex(config, { endpoint: this.server.url, indexName, dimensions });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}

vectorIndexContract(() => OpenSearch.start());
