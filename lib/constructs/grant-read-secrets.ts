import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Lets the grantee read exactly these secrets, given by name or whole ARN. A name is that of a secret of the stack's own account and region,
 * whose ARN ends with six characters that Secrets Manager chooses.
 */
export function grantReadSecrets(grantee: iam.IGrantable & Construct, secretIds: readonly string[]): void {
  if (secretIds.length === 0) return;
  const resourceArns = secretIds.map((id) => (id.startsWith('arn:') ? id : arnOf(id, Stack.of(grantee))));
  iam.Grant.addToPrincipal({ grantee, actions: ['secretsmanager:GetSecretValue'], resourceArns });
}

function arnOf(name: string, stack: Stack): string {
  const resource = { service: 'secretsmanager', resource: 'secret', resourceName: `${name}-??????` };
  return stack.formatArn({ ...resource, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
}
