import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { AiGateway } from '../constructs/ai-gateway';
import type { AuditTrail } from '../constructs/audit-trail';
import type { PromptRegistry } from '../constructs/prompt-registry';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface GatewayStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  readonly platform: PlatformDocument;
  readonly auditTrail: AuditTrail;
  readonly registry: PromptRegistry;
}

/** The front door and the function behind it. Holds no state: it may be deleted and deployed again. */
export class GatewayStack extends Stack {
  readonly gateway: AiGateway;

  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { config } = props;
    const logs = { logRetention: config.retention.logDays, logRemovalPolicy: removalPolicyOf(config), tracing: config.tracing };
    this.gateway = new AiGateway(this, 'Gateway', {
      platform: props.platform,
      auditTrail: props.auditTrail,
      registry: props.registry,
      memorySize: config.gateway.memoryMb,
      timeout: Duration.seconds(config.gateway.timeoutSeconds),
      settings: { ...logs, logLevel: config.logLevel },
      frontDoor: {
        ...logs,
        requestsPerSecond: config.limits.requestsPerSecond,
        burst: config.limits.burst,
        accountLogRole: config.gateway.accountLogRole,
      },
    });
    publishParameter(this, config, 'gateway-url', this.gateway.url);
  }
}
