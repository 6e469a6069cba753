import type { Access, PolicyDocument } from '../iam/types';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import type { Key } from '../world';
import { KeyLock } from './dynamodb/key-lock';
import { partitionOf } from './partition';
import { accessTo } from './s3/access';
import type { Bucket, BucketDefinition, Encryption } from './s3/bucket';
import { readCall, type S3Call, type S3OperationName } from './s3/call';
import { commonFault, invalidArgument, noSuchBucket, OWN_CODES } from './s3/errors';
import { listObjectsV2, listObjectVersions } from './s3/list-objects';
import { ObjectStore } from './s3/object-store';
import { readObject } from './s3/read-object';
import { getObjectRetention, putObjectRetention } from './s3/retention-operations';
import { deleteObject, putObject, type RunContext } from './s3/write-object';
import { xmlAnswer, type XmlMembers } from './s3/xml';

export type { BucketDefinition } from './s3/bucket';

export interface S3Options {
  readonly accountId: string;
  readonly region: string;
  /** By ARN; grows while the stacks start. */
  readonly keys: ReadonlyMap<string, Key>;
  /**
   * Where objects are kept; made when it is not there.
   * @default - a temporary folder, gone at the end
   */
  readonly directory?: string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** S3 on one machine, in its REST protocol: bodies in files, versions, conditional writes, object lock, encryption as a matter of permissions. */
export class S3Service implements Service {
  /** Rejects with an error of one sentence when the directory's state cannot be read; it is then left as it is. */
  static async start(options: S3Options): Promise<S3Service> {
    return new S3Service(options, await ObjectStore.open(options.directory));
  }

  readonly signingName = 's3';
  readonly #locks = new KeyLock();
  readonly #now: () => number;
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopped = false;

  private constructor(
    private readonly options: S3Options,
    private readonly store: ObjectStore,
  ) {
    this.#now = options.now ?? Date.now;
  }

  /** Makes a bucket, or takes over the stored one of that name. @returns Its ARN. */
  createBucket(definition: BucketDefinition): string {
    const arn = `arn:${partitionOf(this.options.region)}:s3:::${definition.name}`;
    return this.store.addBucket(definition, arn).arn;
  }

  /** Throws Error where there is no such bucket. */
  putBucketPolicy(name: string, policy: PolicyDocument): void {
    const bucket = this.store.buckets.get(name);
    if (!bucket) throw new Error(`its bucket ${name} is not in the templates.`);
    bucket.policy = policy;
  }

  /** What Lambda asks of a function's role when the bucket is to take what the function could not. */
  accessAsDestination(name: string): readonly Access[] {
    const { arn, policy } = this.store.buckets.get(name) ?? {};
    const common = { context: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' }, ...(policy && { resourcePolicy: policy }) };
    return [
      { action: 's3:ListBucket', resource: `${arn}`, ...common },
      { action: 's3:PutObject', resource: `${arn}/aws/lambda/`, ...common },
    ];
  }

  get bucketNames(): readonly string[] {
    return [...this.store.buckets.keys()];
  }

  hasBucket(name: string): boolean {
    return this.store.buckets.has(name);
  }

  operation(request: WireRequest): Operation {
    this.#requireRegion(request);
    const { name, call } = readCall(request, (bucket) => this.store.buckets.get(bucket));
    const newEncryption = name === 'PutObject' && call.target ? this.#encryptionOf(call, call.target) : undefined;
    return {
      name,
      access: accessTo(name, call, { ...this.options, newEncryption }),
      run: () => this.#track(() => this.#run(name, call, newEncryption)),
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    const { headers, ...members } = error.members;
    const document: XmlMembers = { Code: OWN_CODES[error.code] ?? error.code, Message: error.message, ...(members as XmlMembers) };
    return xmlAnswer('Error', document, error.status, headers as Record<string, string> | undefined);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    return commonFault(kind, message);
  }

  /** Waits for calls under way, then closes the store. Later calls are refused as unavailable. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await Promise.allSettled(this.#underWay);
    this.store.close();
  }

  async #run(name: S3OperationName, call: S3Call, newEncryption: Encryption | undefined): Promise<WireResponse> {
    const { target: bucket, headers } = call;
    if (!bucket) throw noSuchBucket(call.bucket);
    const owner = headers['x-amz-expected-bucket-owner'] ?? this.options.accountId;
    if (owner !== this.options.accountId) throw commonFault('access-denied', `The bucket's owner is not ${owner}.`);
    // One call at a time on a key: what a condition saw is what is then written, and no body goes while it is read.
    return this.#locks.run([`${call.bucket}/${call.key}`], () =>
      run(name, call, { store: this.store, bucket, nowMs: this.#now() }, newEncryption),
    );
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isStopped) throw commonFault('unavailable', 'The local S3 has been stopped.');
    const promise = work();
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }

  /** As the request says, or by the bucket's default. */
  #encryptionOf({ headers }: S3Call, { definition }: Bucket): Encryption {
    const algorithm = headers['x-amz-server-side-encryption'];
    const keyId = headers['x-amz-server-side-encryption-aws-kms-key-id'];
    if (algorithm === undefined && keyId === undefined) return definition.encryption;
    if (algorithm === 'AES256' && keyId === undefined) return { algorithm };
    if (algorithm !== 'aws:kms')
      throw invalidArgument(`The encryption method specified is not supported: ${algorithm ?? 'none'} with the key ${keyId ?? 'none'}.`);
    if (keyId === undefined) return { algorithm };
    const key = [...this.options.keys.values()].find(({ id, arn }) => keyId === id || keyId === arn);
    if (!key) throw new ServiceError('KMS.NotFoundException', `Invalid keyId '${keyId}'`);
    const { bucketKeyEnabled } = definition.encryption;
    return { algorithm, keyArn: key.arn, ...(bucketKeyEnabled && { bucketKeyEnabled }) };
  }

  #requireRegion({ region }: WireRequest): void {
    if (region === this.options.region) return;
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${this.options.region}'`;
    throw new ServiceError('AuthorizationHeaderMalformed', message, 400, { Region: this.options.region });
  }
}

async function run(name: S3OperationName, call: S3Call, context: RunContext, encryption: Encryption | undefined): Promise<WireResponse> {
  const { bucket } = context;
  switch (name) {
    case 'PutObject':
      return putObject(call, context, encryption ?? bucket.definition.encryption);
    case 'GetObject':
    case 'HeadObject':
      return readObject(call, context);
    case 'DeleteObject':
      return deleteObject(call, context);
    case 'PutObjectRetention':
      return putObjectRetention(call, context);
    case 'GetObjectRetention':
      return getObjectRetention(call, context);
    case 'ListObjectsV2':
      return listObjectsV2(call, bucket);
    case 'ListObjectVersions':
      return listObjectVersions(call, bucket);
    case 'GetBucketVersioning': {
      const { versioning } = bucket.definition;
      return xmlAnswer('VersioningConfiguration', { Status: versioning === 'off' ? undefined : versioning });
    }
    case 'GetObjectLockConfiguration':
      return lockConfiguration(bucket.definition);
    case 'HeadBucket':
      return { status: 200, headers: {}, body: '' };
  }
}

function lockConfiguration({ objectLock, defaultRetention }: BucketDefinition): WireResponse {
  if (!objectLock) {
    const message = 'Object Lock configuration does not exist for this bucket';
    throw new ServiceError('ObjectLockConfigurationNotFoundError', message, 404);
  }
  return xmlAnswer('ObjectLockConfiguration', {
    ObjectLockEnabled: 'Enabled',
    Rule: defaultRetention && { DefaultRetention: { Mode: defaultRetention.mode, Days: defaultRetention.days } },
  });
}
