import type { Account } from '../../core/accounts/account';
import type { Clock } from '../../core/clock';
import { GatewayError } from '../../core/errors';
import { hashKey, keyRefusal } from '../../core/keys';
import type { Limits } from '../../core/limits';
import type { Registry } from '../../core/registry';
import { roleArnOf } from '../../core/roles';
import type { TenantRecord } from '../../core/tenants';
import type { Caller } from '../call';

const MAX_KEY_CHARACTERS = 512;

/**
 * The tenant behind an API key.
 *
 * @param authorization The header's value.
 * @throws GatewayError `missing_api_key`, `invalid_api_key`, or what the registry throws.
 */
export async function authenticateKey(authorization: string | undefined, registry: Registry, clock: Clock): Promise<Caller> {
  if (authorization === undefined || authorization.trim() === '') {
    throw new GatewayError('missing_api_key', 'No API key was sent. Send one in the header `Authorization: Bearer <key>`.');
  }
  const key = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (key === undefined || key.length > MAX_KEY_CHARACTERS) {
    throw new GatewayError('invalid_api_key', 'The header `Authorization` does not have the form `Bearer <key>`.');
  }
  const found = await registry.findKey(hashKey(key));
  if (found === undefined) throw new GatewayError('invalid_api_key', 'The API key does not exist. Check that it was copied in full.');
  const { record, tenant } = found;
  const refusal = keyRefusal(record, clock.nowMs());
  if (refusal !== undefined) throw new GatewayError('invalid_api_key', `The API key is ${refusal}. Ask for a new one.`);
  const accounts = accountsOf({ kind: 'key', id: record.keyId, limits: record.limits }, record.tenant, tenant);
  return { tenant: record.tenant, keyId: record.keyId, door: 'v1', accounts };
}

/** A caller as API Gateway verified it: from the request's context, never from anything that a client sends. */
export interface IamCaller {
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly userArn: string;
}

/**
 * The tenant behind an IAM role.
 *
 * @throws GatewayError `access_denied`, or what the registry throws.
 */
export async function authenticateRole(iam: IamCaller | undefined, registry: Registry, clock: Clock): Promise<Caller> {
  if (iam === undefined) throw new GatewayError('access_denied', 'This route is for requests signed by an IAM role; none was verified.');
  const roleArn = roleArnOf(iam.userArn);
  if (roleArn === undefined) throw new GatewayError('access_denied', `\`${iam.userArn}\` is not a session of an IAM role.`);
  const found = await registry.findRole(roleArn);
  if (found === undefined || (found.record.revokedAt !== undefined && found.record.revokedAt <= clock.nowMs())) {
    throw new GatewayError('access_denied', `The role \`${roleArn}\` is not registered with this gateway.`);
  }
  const { record, tenant } = found;
  return { tenant: record.tenant, keyId: roleArn, door: 'iam', accounts: accountsOf(undefined, record.tenant, tenant) };
}

/** Those that have limits. */
function accountsOf(
  own: { readonly kind: 'key'; readonly id: string; readonly limits: Limits | undefined } | undefined,
  id: string,
  tenant: TenantRecord | undefined,
): readonly Account[] {
  const ofKey = own?.limits === undefined ? [] : [{ ...own, limits: own.limits }];
  return tenant === undefined ? ofKey : [...ofKey, { kind: 'tenant', id, limits: tenant.limits }];
}
