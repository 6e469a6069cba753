import { CfnOutput, type Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { EnvironmentConfig } from '../config/schema';

/** Tells other apps a value: as the SSM parameter `/<platform>/<environment>/<name>` and as an output of the stack. */
export function publishParameter(stack: Stack, config: EnvironmentConfig, name: string, value: string): void {
  const id = name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  new ssm.StringParameter(stack, `${id}Parameter`, {
    parameterName: `/${config.platform}/${config.name}/${name}`,
    stringValue: value,
  });
  new CfnOutput(stack, id, { value });
}
