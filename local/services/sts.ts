import { createHash, randomUUID } from 'node:crypto';
import { escapeXml } from '../endpoint/unroutable';
import type { RolePrincipal } from '../iam/types';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDenied', status: 403 },
  throttled: { code: 'Throttling', status: 400 },
  unavailable: { code: 'ServiceUnavailable', status: 503 },
};

/** Security Token Service: who am I. GetCallerIdentity needs no permission, as in AWS. */
export class StsService implements Service {
  readonly signingName = 'sts';

  operation(request: WireRequest): Operation {
    const parameters = new URLSearchParams(request.method === 'POST' ? request.body.toString('utf8') : request.query);
    const action = parameters.get('Action');
    if (action !== 'GetCallerIdentity') {
      throw new ServiceError('InvalidAction', `The local emulator does not emulate ${action ?? 'a call without an Action'} of STS.`);
    }
    return { name: 'GetCallerIdentity', access: [], run: async () => callerIdentity(request.principal) };
  }

  errorResponse(error: ServiceError): WireResponse {
    // STS calls an unknown key by another name than the JSON services do.
    const code = error.code === 'UnrecognizedClientException' ? 'InvalidClientTokenId' : error.code;
    const type = error.status < 500 ? 'Sender' : 'Receiver';
    const detail = `<Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    return xml(
      error.status,
      `<ErrorResponse xmlns="${NAMESPACE}"><Error>${detail}</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    );
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }
}

function callerIdentity({ roleArn, sessionArn, accountId }: RolePrincipal): WireResponse {
  // A role's unique id, the same for the same role, and the session's name.
  const roleId = `AROA${createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase()}`;
  const userId = `${roleId}:${sessionArn.slice(sessionArn.lastIndexOf('/') + 1)}`;
  const result = `<Arn>${escapeXml(sessionArn)}</Arn><UserId>${escapeXml(userId)}</UserId><Account>${escapeXml(accountId)}</Account>`;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${result}</GetCallerIdentityResult>${metadata}</GetCallerIdentityResponse>`,
  );
}

function xml(status: number, body: string): WireResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
