import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { acknowledge } from '../constructs/acknowledge';
import { Administration } from '../constructs/administration';
import { AiGateway } from '../constructs/ai-gateway';
import type { AnswerCache } from '../constructs/answer-cache';
import type { AuditTrail } from '../constructs/audit-trail';
import type { CallContent } from '../constructs/call-content';
import type { CostLedger } from '../constructs/cost-ledger';
import { Guardrail } from '../constructs/guardrail';
import type { PromptRegistry } from '../constructs/prompt-registry';
import type { ReviewQueue } from '../constructs/review-queue';
import type { IVectorIndex } from '../constructs/vector-index-reference';
import { WebFirewall } from '../constructs/web-firewall';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface GatewayStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  readonly platform: PlatformDocument;
  /** Encrypts the logs. */
  readonly encryptionKey: kms.IKey;
  readonly auditTrail: AuditTrail;
  readonly callContent: CallContent | undefined;
  readonly registry: PromptRegistry;
  readonly costLedger: CostLedger;
  readonly answerCache: AnswerCache;
  /** Answers beside the gateway. */
  readonly reviewQueue: ReviewQueue;
  readonly vectorIndex: IVectorIndex | undefined;
}

/** The front door and the function behind it. Holds no state: it may be deleted and deployed again. */
export class GatewayStack extends Stack {
  readonly gateway: AiGateway;
  readonly administration: Administration;

  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    const { config } = props;
    const logs = {
      logRetention: config.retention.logDays,
      logRemovalPolicy: removalPolicyOf(config),
      logEncryptionKey: props.encryptionKey,
      tracing: config.tracing,
    };
    const settings = { ...logs, logLevel: config.logLevel };
    this.gateway = new AiGateway(this, 'Gateway', {
      platform: props.platform,
      auditTrail: props.auditTrail,
      callContent: props.callContent,
      registry: props.registry,
      costLedger: props.costLedger,
      answerCache: props.answerCache,
      vectorIndex: props.vectorIndex,
      guardrail: config.guardrail && new Guardrail(this, 'Guardrail', { policy: config.guardrail }),
      memorySize: config.gateway.memoryMb,
      reservedConcurrency: config.gateway.reservedConcurrency,
      timeout: Duration.seconds(config.gateway.timeoutSeconds),
      settings,
      frontDoor: {
        ...logs,
        requestsPerSecond: config.limits.requestsPerSecond,
        burst: config.limits.burst,
        accountLogRole: config.gateway.accountLogRole,
      },
    });
    props.reviewQueue.serveAt(this.gateway.frontDoor);
    this.administration = new Administration(this, 'Administration', {
      gateway: this.gateway,
      settings,
    });
    if (config.firewall.enabled) {
      new WebFirewall(this, 'Firewall', {
        resourceArn: this.gateway.frontDoor.api.deploymentStage.stageArn,
        requestsPer5MinutesPerAddress: config.firewall.requestsPer5MinutesPerAddress,
      });
    } else {
      acknowledge(this.gateway, { APIG3: 'The config of this environment says that no firewall stands before it.' });
    }
    publishParameter(this, config, 'gateway-url', this.gateway.url);
    publishParameter(this, config, 'gateway-api-id', this.gateway.apiId);
  }
}
