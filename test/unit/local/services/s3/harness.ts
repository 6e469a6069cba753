import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { AwsEndpoint } from '../../../../../local/endpoint';
import type { PolicyDocument } from '../../../../../local/iam/types';
import { type BucketDefinition, S3Service } from '../../../../../local/services/s3';
import type { Key } from '../../../../../local/world';
import { ACCOUNT, ALLOW_ALL, Endpoints, REGION, rolePrincipal } from '../../endpoint/harness';

export const PLAIN: BucketDefinition = { name: 'plain', versioning: 'off', objectLock: false, encryption: { algorithm: 'AES256' } };
export const VERSIONED: BucketDefinition = { ...PLAIN, name: 'versioned', versioning: 'Enabled' };
export const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/k`;
export const SECRET: BucketDefinition = { ...PLAIN, name: 'secret', encryption: { algorithm: 'aws:kms', keyArn: KEY_ARN } };
export const BUCKETS = [PLAIN, VERSIONED, SECRET];

/** The account may use it as its identity policies say. */
const KEY_POLICY: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } },
};

/** S3 behind the real endpoint, for the real SDK; its clock is the test's. */
export class S3Harness {
  static async start(options: { readonly directory?: string; readonly buckets?: readonly BucketDefinition[] } = {}): Promise<S3Harness> {
    const keys = new Map<string, Key>([[KEY_ARN, { id: 'k', arn: KEY_ARN, policy: KEY_POLICY }]]);
    const harness: S3Harness = new S3Harness(
      await S3Service.start({ accountId: ACCOUNT, region: REGION, keys, directory: options.directory, now: () => harness.nowMs }),
    );
    for (const bucket of options.buckets ?? BUCKETS) harness.service.createBucket(bucket);
    harness.endpoint = await harness.endpoints.start([harness.service]);
    return harness;
  }

  nowMs = Date.UTC(2026, 0, 1);
  endpoint!: AwsEndpoint;
  private readonly endpoints = new Endpoints();
  private readonly clients: S3Client[] = [];

  private constructor(readonly service: S3Service) {}

  /** A client whose role has these policies; all there is when none is given. */
  client(policies: readonly PolicyDocument[] = [ALLOW_ALL], more: S3ClientConfig = {}): S3Client {
    const credentials = this.endpoint.issueCredentials(rolePrincipal('caller', ...policies));
    const client = new S3Client({ region: REGION, endpoint: this.endpoint.url, credentials, maxAttempts: 1, ...more });
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.endpoints.closeAll();
    await this.service.stop();
  }
}

export function allow(action: string | string[], resource: string): PolicyDocument {
  return { Statement: { Effect: 'Allow', Action: action, Resource: resource } };
}
