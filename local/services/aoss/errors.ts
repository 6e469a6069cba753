import { type CommonFault, ServiceError, type WireResponse } from '../../service';

const FAULTS: Readonly<Record<CommonFault, { readonly type: string; readonly status: number }>> = {
  'access-denied': { type: 'security_exception', status: 403 },
  throttled: { type: 'circuit_breaking_exception', status: 429 },
  unavailable: { type: 'status_exception', status: 503 },
};

/** An error of a collection: OpenSearch's type for it, and a reason in words. */
export function searchError(type: string, reason: string, status = 400): ServiceError {
  return new ServiceError(type, reason, status);
}

/** For what OpenSearch does and the emulator does not. */
export function notEmulated(what: string): ServiceError {
  return searchError('status_exception', `The local emulator does not emulate ${what} of OpenSearch.`, 501);
}

/** What fails while a search runs, and not while it is read: OpenSearch names the reason as the cause of another error. */
export function failedOnShards(type: string, reason: string): ServiceError {
  return new ServiceError('search_phase_execution_exception', 'all shards failed', 400, { root_cause: [{ type, reason }] });
}

export function noSuchIndex(name: string): ServiceError {
  return searchError('index_not_found_exception', `no such index [${name}]`, 404);
}

export function commonFault(kind: CommonFault, message: string): ServiceError {
  const { type, status } = FAULTS[kind];
  return searchError(type, message, status);
}

/** As OpenSearch sends an error: alone, in a bulk's item, or in one answer of an `_msearch`. */
export function errorBody({ code: type, message: reason, members }: ServiceError): object {
  return { root_cause: [{ type, reason }], type, reason, ...members };
}

export function jsonAnswer(body: unknown, status = 200): WireResponse {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(body) };
}
