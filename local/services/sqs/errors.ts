import { ServiceError, type WireResponse } from '../../service';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
const LEGACY_PREFIX = 'AWS.SimpleQueueService.';

/** Codes that the query protocol, which SDKs still look at, knows by another name. */
const LEGACY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: `${LEGACY_PREFIX}NonExistentQueue`,
  EmptyBatchRequest: `${LEGACY_PREFIX}EmptyBatchRequest`,
  TooManyEntriesInBatchRequest: `${LEGACY_PREFIX}TooManyEntriesInBatchRequest`,
  BatchEntryIdsNotDistinct: `${LEGACY_PREFIX}BatchEntryIdsNotDistinct`,
  BatchRequestTooLong: `${LEGACY_PREFIX}BatchRequestTooLong`,
  InvalidBatchEntryId: `${LEGACY_PREFIX}InvalidBatchEntryId`,
  MessageNotInflight: `${LEGACY_PREFIX}MessageNotInflight`,
  PurgeQueueInProgress: `${LEGACY_PREFIX}PurgeQueueInProgress`,
  UnsupportedOperation: `${LEGACY_PREFIX}UnsupportedOperation`,
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
  AccessDeniedException: 'AccessDenied',
};

/** An answer in JSON 1.0. */
export function sqsAnswer(body: unknown): WireResponse {
  return { status: 200, headers: { 'content-type': CONTENT_TYPE }, body: JSON.stringify(body) };
}

/** An error in JSON 1.0, with the header that names it to callers of the older protocol. */
export function sqsErrorResponse({ code, message, status, members }: ServiceError): WireResponse {
  const fault = status < 500 ? 'Sender' : 'Receiver';
  return {
    status,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-query-error': `${legacyCodeOf(code)};${fault}` },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message, ...members }),
  };
}

/** As it stands in the results of a batch. */
export function legacyCodeOf(code: string): string {
  return LEGACY_CODES[code] ?? code;
}

export function invalidValue(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}

export function missing(member: string): ServiceError {
  return new ServiceError('MissingRequiredParameterException', `The request must contain the parameter ${member}.`);
}
