import { type CommonFault, ServiceError } from '../../service';

const SERVICE = 'com.amazon.coral.service#';
const VALIDATION = 'com.amazon.coral.validate#';
const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';

const namespaces: Readonly<Record<string, string>> = {
  AccessDeniedException: SERVICE,
  SerializationException: SERVICE,
  UnknownOperationException: SERVICE,
  ValidationException: VALIDATION,
};

/** DynamoDB spells the member with a capital in the errors that come before the table is looked at. */
const capitalMessage: ReadonlySet<string> = new Set(['AccessDeniedException', 'SerializationException', 'UnknownOperationException']);

/** The body of an error as DynamoDB sends it. */
export function errorBody(error: ServiceError): Readonly<Record<string, unknown>> {
  const messageName = capitalMessage.has(error.code) ? 'Message' : 'message';
  return { __type: `${namespaces[error.code] ?? DYNAMODB}${error.code}`, [messageName]: error.message, ...error.members };
}

const faults: Readonly<Record<CommonFault, readonly [code: string, status: number]>> = {
  'access-denied': ['AccessDeniedException', 400],
  throttled: ['ProvisionedThroughputExceededException', 400],
  unavailable: ['InternalServerError', 500],
};

export function commonFault(kind: CommonFault, message: string): ServiceError {
  const [code, status] = faults[kind];
  return new ServiceError(code, message, status);
}

export function validationError(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

export function serializationError(message: string): ServiceError {
  return new ServiceError('SerializationException', message);
}

/** @param name DynamoDB names the table only where it is described */
export function tableNotFound(name?: string): ServiceError {
  const table = name === undefined ? '' : `: Table: ${name} not found`;
  return new ServiceError('ResourceNotFoundException', `Requested resource not found${table}`);
}

/** For what DynamoDB does and the emulator does not. */
export function notEmulated(what: string, instead: string): ServiceError {
  return new ServiceError('UnknownOperationException', `${what} is not emulated locally. ${instead}`);
}
