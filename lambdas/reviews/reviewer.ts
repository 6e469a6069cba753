import type { ReviewCase } from '../core/agents/review-case';
import { GatewayError } from '../core/errors';
import type { Scopes } from '../core/scopes';
import { type AuthenticatePorts, authenticateBearer } from '../gateway/stages/authenticate';
import { checkRoute } from '../gateway/stages/authorize';
import { ApiError } from './problem';

/** Who reviews, and what they see. */
export interface Reviewer {
  /** Stands in what they claim and resolve; no two doors have the same. */
  readonly name: string;
  /** Whose cases they see; undefined for all. */
  readonly tenant: string | undefined;
}

const SESSION = /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/(?<reviewer>[^/]+\/[^/]+)$/;

/**
 * `<role>/<session>`: the session of a person's role is the person. API Gateway has checked the signature and whether the role may call it.
 *
 * @throws ApiError `access_denied`
 */
export function reviewerOfSession(userArn: string | undefined): Reviewer {
  const name = SESSION.exec(userArn ?? '')?.groups?.reviewer;
  if (name === undefined) throw new ApiError('access_denied', 'Reviews are for sessions of IAM roles; none was verified.');
  return { name, tenant: undefined };
}

/**
 * `<tenant>:<key id>`, or the issuer and subject of a token in its place: sees the cases of its own tenant. Elsewhere a credential that names no routes has them
 * all; this one has to be named, since to approve is to act: a key that a program calls models with approves nothing.
 *
 * @param authorization The header's value.
 * @throws GatewayError as authenticateBearer, and `access_denied`.
 */
export async function reviewerOfBearer(authorization: string | undefined, ports: AuthenticatePorts): Promise<Reviewer> {
  let namesRoutes = false;
  const note = (scopes: Scopes | undefined): void => {
    namesRoutes = scopes?.routes !== undefined;
  };
  const { registry, tokens } = ports;
  const caller = await authenticateBearer(authorization, {
    ...ports,
    registry: {
      ...registry,
      findKey: async (hash) => {
        const found = await registry.findKey(hash);
        note(found?.record.scopes);
        return found;
      },
    },
    tokens: {
      verify: async (token) => {
        const identity = await tokens.verify(token);
        note(identity.scopes);
        return identity;
      },
    },
  });
  if (!namesRoutes) {
    throw new GatewayError(
      'access_denied',
      'This credential may not use the route `reviews`: its own scopes have to name it among their routes.',
    );
  }
  checkRoute(caller, 'reviews');
  return { name: `${caller.tenant}:${caller.keyId}`, tenant: caller.tenant };
}

/** Of a case whose tenant is not known, nobody but IAM's reviewers sees anything. */
export function sees({ tenant }: Reviewer, item: Pick<ReviewCase, 'tenant'>): boolean {
  return tenant === undefined || item.tenant === tenant;
}
