import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RolePrincipal } from '../../../../../local/iam/types';
import { type Operation, ServiceError, type WireRequest, type WireResponse } from '../../../../../local/service';
import { DynamoDbService, type TableDefinition } from '../../../../../local/services/dynamodb';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

export const caller: RolePrincipal = {
  kind: 'role',
  name: 'TestFunction',
  roleArn: `arn:aws:iam::${ACCOUNT}:role/test`,
  sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/test/fn`,
  accountId: ACCOUNT,
  identityPolicies: [],
};

/** A table with a sort key, an index and expiry. */
export const auditTable: TableDefinition = {
  name: 'Audit-Table',
  keySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  attributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'tenant', AttributeType: 'S' },
  ],
  globalSecondaryIndexes: [
    { IndexName: 'by-tenant', KeySchema: [{ AttributeName: 'tenant', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
  ],
  timeToLiveAttribute: 'expiresAtSeconds',
};

/** A table with a number for its only key. */
export const counterTable: TableDefinition = {
  name: 'Counters',
  keySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  attributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
};

export function wireRequest(operation: string, body: unknown, more: Partial<WireRequest> = {}): WireRequest {
  return {
    signingName: 'dynamodb',
    region: REGION,
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    principal: caller,
    signal: new AbortController().signal,
    ...more,
  };
}

/** The service behind a real socket and the real SDK client; nothing is authorized, what would be asked is in `operations`. */
export class Harness {
  static async start(
    options: { readonly directory?: string; readonly tables?: readonly TableDefinition[]; readonly now?: () => number } = {},
  ): Promise<Harness> {
    const { tables = [auditTable, counterTable], ...rest } = options;
    const service = await DynamoDbService.start({ accountId: ACCOUNT, region: REGION, ...rest });
    for (const table of tables) await service.createTable(table);
    const harness = new Harness(service);
    await new Promise<void>((resolve) => harness.#server.listen(0, '127.0.0.1', resolve));
    const { port } = harness.#server.address() as AddressInfo;
    harness.url = `http://127.0.0.1:${port}`;
    harness.client = new DynamoDBClient({
      endpoint: harness.url,
      region: REGION,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
      maxAttempts: 1,
    });
    return harness;
  }

  client!: DynamoDBClient;
  url = '';
  readonly operations: Operation[] = [];
  readonly #server: Server;

  private constructor(readonly service: DynamoDbService) {
    this.#server = createServer(async (request, response) => {
      const answer = await this.#serve(request);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  }

  /** A request that the client would not send. Rejects with ServiceError. */
  async raw(operation: string, body: unknown, more: Partial<WireRequest> = {}): Promise<WireResponse> {
    return this.service.operation(wireRequest(operation, body, more)).run();
  }

  async stop(): Promise<void> {
    this.client.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.service.stop();
  }

  async #serve(request: IncomingMessage): Promise<WireResponse & { readonly body: Uint8Array }> {
    try {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const operation = this.service.operation(wireRequest('', await buffer(request).then(String), { headers }));
      this.operations.push(operation);
      return (await operation.run()) as WireResponse & { readonly body: Uint8Array };
    } catch (error) {
      const known =
        error instanceof ServiceError ? error : new ServiceError('InternalServerError', `not a ServiceError: ${String(error)}`, 500);
      return this.service.errorResponse(known) as WireResponse & { readonly body: Uint8Array };
    }
  }
}
