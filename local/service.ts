import type { Access, RolePrincipal } from './iam/types';

/** A call on the local AWS endpoint, its caller known and its signature's service and region read. */
export interface WireRequest {
  /** Service in the signature's credential scope: `dynamodb`, `bedrock`, `ssm`… */
  readonly signingName: string;
  readonly region: string;
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly principal: RolePrincipal;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is sent chunk by chunk as it comes. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

/** A call recognised: what it must be allowed, and how to run it once it is. */
export interface Operation {
  /** As the service names it: `GetItem`, `ConverseStream`. */
  readonly name: string;
  /** All must be allowed; checked before `run`. */
  readonly access: readonly Access[];
  run(): Promise<WireResponse>;
}

/** The error codes that every service can be made to answer with; each service has its own names and statuses for them. */
export type CommonFault = 'access-denied' | 'throttled' | 'unavailable';

/** An error as the service itself would send it. */
export class ServiceError extends Error {
  constructor(
    /** The exception's name on the wire, e.g. `ResourceNotFoundException`. */
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error's body. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** One AWS service on the wire. */
export interface Service {
  readonly signingName: string;
  /** Recognises a call. Throws ServiceError for what the service would refuse or what is not emulated, naming it. */
  operation(request: WireRequest): Operation;
  /** An error in the service's own protocol. */
  errorResponse(error: ServiceError): WireResponse;
  /** The service's own error for a common fault. */
  fault(kind: CommonFault, message: string): ServiceError;
}
