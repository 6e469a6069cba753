import { createVectorIndex } from '../../../../../lambdas/core/vector-index/create-vector-index';
import type { VectorIndex } from '../../../../../lambdas/core/vector-index/types';
import type { AwsEndpoint, Credentials } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { AossService } from '../../../../../local/services/aoss';
import type { Collection } from '../../../../../local/services/aoss/collection';
import type { Answer, SearchServer } from '../../../../contract/vector-index';
import { ACCOUNT, ALLOW_ALL, authorizationFor, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

export const COLLECTION = 'things';
export const EVERYTHING = ['aoss:*'];

/** A data-access policy for one role, as a template has it. */
export function dataAccess(role: string, permissions: readonly string[], index = '*'): string {
  const rules = [{ ResourceType: 'index', Resource: [`index/${COLLECTION}/${index}`], Permission: permissions }];
  return JSON.stringify([{ Rules: rules, Principal: [`arn:aws:iam::${ACCOUNT}:role/${role}`] }]);
}

/** A collection behind the real endpoint, reachable and encrypted; the role `caller` may do everything. */
export class AossHarness implements SearchServer {
  static async start(directory?: string): Promise<AossHarness> {
    const harness = new AossHarness(new AossService({ accountId: ACCOUNT, region: REGION, directory }));
    harness.service.dataAccess.add(dataAccess('caller', EVERYTHING));
    harness.endpoint = await harness.endpoints.start([harness.service]);
    harness.credentials = harness.credentialsOf('caller');
    return harness;
  }

  endpoint!: AwsEndpoint;
  credentials!: Credentials;
  readonly collection: Collection;
  readonly path: string;
  private readonly endpoints = new Endpoints();

  private constructor(readonly service: AossService) {
    const rule = { ResourceType: 'collection', Resource: [`collection/${COLLECTION}`] };
    service.network.add(JSON.stringify([{ Rules: [rule], AllowFromPublic: true }]));
    const { collection, path } = service.createCollection(COLLECTION);
    this.collection = collection;
    this.path = path;
  }

  credentialsOf(role: string, ...policies: readonly PolicyDocument[]): Credentials {
    return this.endpoint.issueCredentials(rolePrincipal(role, ...(policies.length > 0 ? policies : [ALLOW_ALL])));
  }

  async call(method: string, path: string, body?: object | string, { accessKeyId, sessionToken } = this.credentials): Promise<Answer> {
    const response = await fetch(`${this.endpoint.url}${this.path}${path}`, {
      method,
      headers: { authorization: authorizationFor(accessKeyId, 'aoss'), 'x-amz-security-token': sessionToken },
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  vectorField(dimension: number): object {
    return { type: 'knn_vector', dimension, space_type: 'cosinesimil' };
  }

  async settle(): Promise<void> {}

  client(indexName: string, dimensions: number, credentials = this.credentials): VectorIndex {
    const config = { region: async () => REGION, credentials: async () => credentials, systemClockOffset: 0 };
    return createVectorIndex(config, { endpoint: `${this.endpoint.url}${this.path}`, indexName, dimensions });
  }

  async stop(): Promise<void> {
    await this.endpoints.closeAll();
    this.service.stop();
  }
}
