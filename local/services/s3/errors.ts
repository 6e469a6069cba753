import { type CommonFault, ServiceError } from '../../service';

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDenied', status: 403 },
  throttled: { code: 'SlowDown', status: 503 },
  unavailable: { code: 'ServiceUnavailable', status: 503 },
};

/** Codes that the endpoint itself uses for every service → S3's own. */
export const OWN_CODES: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidAccessKeyId',
  RequestEntityTooLargeException: 'EntityTooLarge',
};

export function commonFault(kind: CommonFault, message: string): ServiceError {
  const { code, status } = FAULTS[kind];
  return new ServiceError(code, message, status);
}

/** For what S3 does and the emulator does not. */
export function notEmulated(what: string): ServiceError {
  return new ServiceError('NotImplemented', `The local emulator does not emulate ${what} of S3.`, 501);
}

export function invalidArgument(message: string): ServiceError {
  return new ServiceError('InvalidArgument', message);
}

export function noSuchBucket(bucket: string): ServiceError {
  return new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
}

/** @param headers further headers of the answer, such as those of a delete marker */
export function noSuchKey(key: string, headers: Readonly<Record<string, string>> = {}): ServiceError {
  return new ServiceError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key, headers });
}

export function noSuchVersion(key: string, versionId: string): ServiceError {
  return new ServiceError('NoSuchVersion', 'The specified version does not exist.', 404, { Key: key, VersionId: versionId });
}

export function preconditionFailed(condition: string): ServiceError {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new ServiceError('PreconditionFailed', message, 412, { Condition: condition });
}

/** What S3 says of a version that is under retention. */
export function objectLocked(): ServiceError {
  return new ServiceError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
}
