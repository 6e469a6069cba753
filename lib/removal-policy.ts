import { RemovalPolicy } from 'aws-cdk-lib';
import type { EnvironmentConfig } from '../config/schema';

/** The config's word for it as CDK's. */
export function removalPolicyOf(config: EnvironmentConfig): RemovalPolicy {
  return config.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
