import { createHash, createHmac } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credentials } from '../../local/endpoint';
import type { PolicyDocument } from '../../local/iam/types';
import type { TestPlatform } from './platform';

/** Callers of the door of IAM: roles of the account, and their signed requests. */

export interface TestRole {
  readonly credentials: Credentials;
  readonly roleArn: string;
}

export const INVOKE: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*/live/*/iam/v1/*' },
};

/** A role of the account, at work. */
export function roleWith({ emulator: { world } }: TestPlatform, name: string, policy: PolicyDocument): TestRole {
  const roleArn = `arn:aws:iam::${world.accountId}:role/${name}`;
  const sessionArn = `arn:aws:sts::${world.accountId}:assumed-role/${name}/session`;
  const credentials = world.endpoint.issueCredentials({
    kind: 'role',
    name,
    roleArn,
    sessionArn,
    accountId: world.accountId,
    identityPolicies: [policy],
  });
  return { credentials, roleArn };
}

/** Says in the registry which tenant a role belongs to. */
export async function registerRole({ dynamodb, emulator }: TestPlatform, roleArn: string, tenant: string, team?: string): Promise<void> {
  const item = { pk: `ROLE#${roleArn}`, sk: 'ROLE', role_arn: roleArn, tenant, name: 'product', ...(team !== undefined && { team }) };
  await dynamodb.send(
    new PutItemCommand({
      TableName: emulator.output('RegistryTable'),
      Item: { ...Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }])), created_at: { N: '1' } },
    }),
  );
}

export interface RoleRequest {
  readonly method: string;
  /** Without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The headers of a request that a role signs. */
export async function signAs(
  { emulator, url }: TestPlatform,
  credentials: Credentials,
  request: RoleRequest,
): Promise<Record<string, string>> {
  const { hostname, port } = new URL(url);
  const signer = new SignatureV4({ credentials, region: emulator.world.region, service: 'execute-api', sha256: Sha256 });
  const { headers } = await signer.sign({
    ...request,
    protocol: 'http:',
    hostname,
    port: Number(port),
    headers: { host: `${hostname}:${port}`, 'content-type': 'application/json', ...request.headers },
  });
  return headers;
}

class Sha256 {
  private readonly hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(chunk as Uint8Array);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }
  reset(): void {}
}
