import type { Credentials } from '../../local/endpoint';
import type { PolicyDocument } from '../../local/iam/types';
import type { TestPlatform } from './platform';

export interface RoleAtWork {
  readonly credentials: Credentials;
  readonly roleArn: string;
  readonly sessionArn: string;
}

/** A role of the account, at work. */
export function roleWith({ emulator: { world } }: TestPlatform, name: string, policy: PolicyDocument): RoleAtWork {
  const roleArn = `arn:aws:iam::${world.accountId}:role/${name}`;
  const sessionArn = `arn:aws:sts::${world.accountId}:assumed-role/${name}/session`;
  const principal = { kind: 'role', name, roleArn, sessionArn, accountId: world.accountId, identityPolicies: [policy] } as const;
  return { credentials: world.endpoint.issueCredentials(principal), roleArn, sessionArn };
}
