import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';

/**
 * Lets a grantee use a key, but only through one AWS service in the key's region.
 * The statement goes to the grantee alone: the key's policy delegates to the account, so that no key policy has to name a role of another stack.
 */
export function grantKeyToService(key: kms.IKey, grantee: iam.IGrantable, service: string, actions: string[]): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${Stack.of(key).region}.amazonaws.com` } },
  });
}
