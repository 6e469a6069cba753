import type { Access, Decision, Principal, RolePrincipal } from './iam/types';
import type { Service, WireRequest, WireResponse } from './service';

export interface RoleCall {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CallerOptions {
  readonly region: string;
  readonly authorize: (principal: Principal, access: Access) => Decision;
  readonly onDenied: (principal: Principal, access: Access, reason: string) => void;
}

/**
 * A call that AWS makes with a role of the templates, such as Lambda's to a function's destination: allowed or refused as the role's own would be.
 *
 * @throws ServiceError as the service would answer
 */
export async function callAsRole(
  service: Service,
  principal: RolePrincipal,
  call: RoleCall,
  { region, authorize, onDenied }: CallerOptions,
): Promise<WireResponse> {
  const request: WireRequest = {
    signingName: service.signingName,
    region,
    query: new URLSearchParams(),
    principal,
    signal: new AbortController().signal,
    headers: {},
    ...call,
  };
  const operation = service.operation(request);
  for (const access of operation.access) {
    const decision = authorize(principal, access);
    if (decision.allowed) continue;
    onDenied(principal, access, decision.reason);
    throw service.fault('access-denied', decision.reason);
  }
  return operation.run();
}
