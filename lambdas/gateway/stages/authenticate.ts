import type { Account } from '../../core/accounts/account';
import type { Clock } from '../../core/clock';
import { GatewayError } from '../../core/errors';
import { isRevoked } from '../../core/identity/revocations';
import type { Tokens } from '../../core/identity/tokens';
import { hashKey, keyRefusal } from '../../core/keys';
import type { Limits } from '../../core/limits';
import type { PlatformDocument } from '../../core/platform';
import type { Registered, RegisteredTenant, Registry } from '../../core/registry';
import { roleArnOf } from '../../core/roles';
import type { Scopes } from '../../core/scopes';
import { whenKnown } from '../../core/when-known';
import type { Caller, Door } from '../call';

const MAX_KEY_CHARACTERS = 512;
const MAX_TOKEN_CHARACTERS = 8_192;
/** Three parts with dots between them: a JSON Web Token, which no key is. */
const TOKEN = /^(?!sk-)[\w-]*\.[\w-]*\.[\w-]*$/;

export interface AuthenticatePorts {
  readonly registry: Registry;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly platform: Pick<PlatformDocument, 'identity'>;
}

/**
 * Who sends an API key, or a token of an issuer that the environment trusts; at once for a key that is known.
 *
 * @param authorization The header's value.
 * @throws GatewayError `missing_api_key`, `invalid_api_key`, `invalid_token`, `access_denied`, or what the registry throws.
 */
export function authenticateBearer(authorization: string | undefined, ports: AuthenticatePorts): Promise<Caller> | Caller {
  if (authorization === undefined || authorization.trim() === '') {
    throw new GatewayError('missing_api_key', 'No API key was sent. Send one in the header `Authorization: Bearer <key>`.');
  }
  const bearer = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer === undefined) {
    throw new GatewayError('invalid_api_key', 'The header `Authorization` does not have the form `Bearer <key>`.');
  }
  return TOKEN.test(bearer) ? callerOfToken(bearer, ports) : callerOfKey(bearer, ports);
}

function callerOfKey(key: string, ports: AuthenticatePorts): Promise<Caller> | Caller {
  if (key.length > MAX_KEY_CHARACTERS) {
    throw new GatewayError('invalid_api_key', 'The header `Authorization` does not have the form `Bearer <key>`.');
  }
  return whenKnown(ports.registry.findKey(hashKey(key)), (found) => {
    if (found === undefined) throw new GatewayError('invalid_api_key', 'The API key does not exist. Check that it was copied in full.');
    const { record } = found;
    const refusal = keyRefusal(record, ports.clock.nowMs());
    if (refusal !== undefined) throw new GatewayError('invalid_api_key', `The API key is ${refusal}. Ask for a new one.`);
    return callerOf(found, { keyId: record.keyId, accountId: record.accountId ?? record.keyId, door: 'v1' }, ports);
  });
}

async function callerOfToken(token: string, ports: AuthenticatePorts): Promise<Caller> {
  if (token.length > MAX_TOKEN_CHARACTERS) {
    throw new GatewayError(
      'invalid_token',
      `The token is refused. It has ${token.length} characters; at most ${MAX_TOKEN_CHARACTERS} are read.`,
    );
  }
  const { id, issuedAtMs, tenant, team, scopes } = await ports.tokens.verify(token);
  const found = await ports.registry.findBearer({ id, tenant, team });
  if (isRevoked(found.revocation, issuedAtMs)) {
    throw new GatewayError('invalid_token', 'The token is refused. It was revoked: ask its issuer for a new one.');
  }
  // Unlike a key, which an administrator made for a tenant, a token may say anything.
  if (found.tenant === undefined) {
    throw new GatewayError('access_denied', `The token's tenant \`${tenant}\` is not known to this gateway.`);
  }
  return callerOf({ ...found, record: { tenant, team, scopes } }, { keyId: id, accountId: id, door: 'v1' }, ports);
}

/** A caller as API Gateway verified it: from the request's context, never from anything that a client sends. */
export interface IamCaller {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly userArn: string;
}

/**
 * Who an IAM role calls for.
 *
 * @throws GatewayError `access_denied`, or what the registry throws.
 */
export async function authenticateRole(iam: IamCaller | undefined, ports: AuthenticatePorts): Promise<Caller> {
  if (iam === undefined) throw new GatewayError('access_denied', 'This route is for requests signed by an IAM role; none was verified.');
  const roleArn = roleArnOf(iam.userArn);
  if (roleArn === undefined) throw new GatewayError('access_denied', `\`${iam.userArn}\` is not a session of an IAM role.`);
  const found = await ports.registry.findRole(roleArn);
  if (found === undefined || (found.record.revokedAt !== undefined && found.record.revokedAt <= ports.clock.nowMs())) {
    throw new GatewayError(
      'access_denied',
      `The role \`${roleArn}\` is not registered with this gateway: blueprint roles register --role-arn ${roleArn} --tenant <tenant> --name <name>.`,
    );
  }
  return callerOf(found, { keyId: roleArn, accountId: roleArn, door: 'iam' }, ports);
}

/** What keys, roles and tokens say alike of those who have them. */
interface Credential {
  readonly tenant: string;
  readonly team?: string;
  readonly scopes?: Scopes;
  readonly limits?: Limits;
}

interface Known {
  readonly keyId: string;
  readonly accountId: string;
  readonly door: Door;
}

/** @throws GatewayError `access_denied` for a tenant that is suspended, or a team that there is not. */
function callerOf(found: Registered<Credential>, { keyId, accountId, door }: Known, { clock, platform }: AuthenticatePorts): Caller {
  const { record, tenant, team } = found;
  if (tenant?.suspendedAt !== undefined && tenant.suspendedAt <= clock.nowMs()) {
    throw new GatewayError('access_denied', `The tenant \`${record.tenant}\` is suspended.`);
  }
  // Its limits and scopes are not known then, and nobody is without those that were meant.
  if (record.team !== undefined && team === undefined) {
    throw new GatewayError('access_denied', `The tenant \`${record.tenant}\` has no team \`${record.team}\`.`);
  }
  const pinned = platform.identity?.residency ?? {};
  return {
    tenant: record.tenant,
    team: record.team,
    keyId,
    door,
    accounts: accountsOf({ kind: 'key', id: accountId, limits: record.limits ?? {} }, record, found),
    scopes: [record.scopes, team?.scopes, tenant?.scopes].filter((scopes) => scopes !== undefined),
    residency: [Object.hasOwn(pinned, record.tenant) ? pinned[record.tenant] : undefined, tenant?.residency].filter(
      (residency) => residency !== undefined,
    ),
  };
}

/** Those that have limits, from the narrowest. A team's id is its tenant's own, and its account's is not. */
function accountsOf(own: Account, of: Credential, { tenant, team }: RegisteredTenant): readonly Account[] {
  const all: readonly Account[] = [
    own,
    ...(team === undefined ? [] : [{ kind: 'team' as const, id: `${of.tenant}/${team.team}`, limits: team.limits }]),
    ...(tenant === undefined ? [] : [{ kind: 'tenant' as const, id: of.tenant, limits: tenant.limits }]),
  ];
  return all.filter(({ limits }) => Object.keys(limits).length > 0);
}
