import type { Access, ConditionContext } from '../../iam/types';
import type { Key } from '../../world';
import { type Bucket, currentVersion, type Encryption, findVersion } from './bucket';
import type { S3Call, S3OperationName } from './call';

export interface AccessOptions {
  readonly accountId: string;
  readonly region: string;
  /** By ARN. */
  readonly keys: ReadonlyMap<string, Key>;
  /** How PutObject will encrypt. */
  readonly newEncryption?: Encryption;
}

/** What S3 asks for each operation, on the bucket or on the object. */
const BUCKET_ACTIONS: Readonly<Partial<Record<S3OperationName, string>>> = {
  HeadBucket: 's3:ListBucket',
  ListObjectsV2: 's3:ListBucket',
  ListObjectVersions: 's3:ListBucketVersions',
  GetBucketVersioning: 's3:GetBucketVersioning',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
};

/** Everything that must be allowed for the call: its own action, what its headers ask for besides, and the key of an encrypted object. */
export function accessTo(name: S3OperationName, call: S3Call, options: AccessOptions): readonly Access[] {
  const bucketArn = call.target?.arn ?? `arn:aws:s3:::${call.bucket}`;
  const common = { context: contextOf(call, options), ...(call.target?.policy && { resourcePolicy: call.target.policy }) };
  const onBucket = BUCKET_ACTIONS[name];
  if (onBucket !== undefined) return [{ action: onBucket, resource: bucketArn, ...common }];
  const onObject = objectActions(name, call).map((action): Access => ({ action, resource: `${bucketArn}/${call.key}`, ...common }));
  // Who may not list is not told that there is nothing.
  const isAbsent = (name === 'GetObject' || name === 'HeadObject') && call.target !== undefined && !call.target.objects.has(call.key);
  const toLearnOfAbsence = isAbsent ? [{ action: 's3:ListBucket', resource: bucketArn, ...common }] : [];
  return [...onObject, ...toLearnOfAbsence, ...keyAccess(name, call, options)];
}

function objectActions(name: S3OperationName, { headers, query }: S3Call): readonly string[] {
  const version = query.has('versionId') ? 'Version' : '';
  const bypass = headers['x-amz-bypass-governance-retention'] === 'true' ? ['s3:BypassGovernanceRetention'] : [];
  switch (name) {
    case 'PutObject':
      return [
        's3:PutObject',
        ...(headers['x-amz-object-lock-mode'] === undefined ? [] : ['s3:PutObjectRetention']),
        // To compare is to learn of what is there.
        ...(headers['if-match'] === undefined ? [] : ['s3:GetObject']),
      ];
    case 'GetObject':
    case 'HeadObject':
      return [`s3:GetObject${version}`];
    case 'DeleteObject':
      return [`s3:DeleteObject${version}`, ...bypass];
    case 'PutObjectRetention':
      return ['s3:PutObjectRetention', ...bypass];
    default:
      return [`s3:${name}`];
  }
}

function keyAccess(name: S3OperationName, call: S3Call, options: AccessOptions): readonly Access[] {
  const { target, key } = call;
  if (!target) return [];
  if (name === 'PutObject') return accessToKey('kms:GenerateDataKey', options.newEncryption, target, key, call, options);
  if (name !== 'GetObject' && name !== 'HeadObject') return [];
  const version = findVersion(target, key, call.query.get('versionId') ?? undefined);
  return accessToKey('kms:Decrypt', version?.encryption, target, key, call, options);
}

function accessToKey(
  action: string,
  encryption: Encryption | undefined,
  { arn }: Bucket,
  key: string,
  { request }: S3Call,
  { keys, region, accountId }: AccessOptions,
): readonly Access[] {
  if (encryption?.keyArn === undefined) return [];
  return [
    {
      action,
      resource: encryption.keyArn,
      resourcePolicy: keys.get(encryption.keyArn)?.policy,
      resourcePolicyIsRoot: true,
      context: {
        'kms:ViaService': `s3.${region}.amazonaws.com`,
        'kms:CallerAccount': request.principal.accountId,
        'kms:EncryptionContext:aws:s3:arn': encryption.bucketKeyEnabled ? arn : `${arn}/${key}`,
        'aws:ResourceAccount': accountId,
      },
    },
  ];
}

/** Headers and parameters that policies may put conditions on, by the name of the condition key. */
const FROM_HEADERS: Readonly<Record<string, string>> = {
  's3:x-amz-server-side-encryption': 'x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id': 'x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-content-sha256': 'x-amz-content-sha256',
  's3:object-lock-mode': 'x-amz-object-lock-mode',
  's3:object-lock-retain-until-date': 'x-amz-object-lock-retain-until-date',
  's3:if-match': 'if-match',
  's3:if-none-match': 'if-none-match',
};
const FROM_QUERY: Readonly<Record<string, string>> = {
  's3:prefix': 'prefix',
  's3:delimiter': 'delimiter',
  's3:max-keys': 'max-keys',
  's3:VersionId': 'versionId',
};

function contextOf({ headers, query, target, key }: S3Call, { accountId }: AccessOptions): ConditionContext {
  const context: Record<string, string> = {
    // The endpoint speaks plain HTTP on this machine only; in AWS the same call of the SDK goes by TLS.
    'aws:SecureTransport': 'true',
    's3:TlsVersion': '1.3',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:authType': 'REST-HEADER',
    's3:ResourceAccount': accountId,
    'aws:ResourceAccount': accountId,
  };
  for (const [name, header] of Object.entries(FROM_HEADERS)) if (headers[header] !== undefined) context[name] = headers[header];
  for (const [name, parameter] of Object.entries(FROM_QUERY)) {
    const value = query.get(parameter);
    if (value !== null) context[name] = value;
  }
  const retention = target && currentVersion(target, key)?.retention;
  if (retention && context['s3:object-lock-mode'] === undefined) context['s3:object-lock-mode'] = retention.mode;
  return context;
}
