import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import type { PlatformDocument } from '../../lambdas/core/platform';
import type { AgentRuns } from '../constructs/agent-runs';
import { EventBus } from '../constructs/event-bus';
import type { PromptRegistry } from '../constructs/prompt-registry';
import { ReviewQueue } from '../constructs/review-queue';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface AgentsStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  /** Encrypts what lies in the queues, and logs. */
  readonly encryptionKey: kms.IKey;
  readonly runs: AgentRuns;
  /** Of the gateway: whose keys and tokens may review. */
  readonly registry: PromptRegistry;
  readonly platform: PlatformDocument;
}

/** The bus that agents are told by, what it keeps, and what agents leave to people. */
export class AgentsStack extends Stack {
  readonly eventBus: EventBus;
  readonly reviewQueue: ReviewQueue;

  constructor(scope: Construct, id: string, props: AgentsStackProps) {
    super(scope, id, props);
    const { config, encryptionKey, runs, registry, platform } = props;
    this.eventBus = new EventBus(this, 'EventBus', { encryptionKey, removalPolicy: removalPolicyOf(config) });
    this.reviewQueue = new ReviewQueue(this, 'ReviewQueue', {
      runs,
      bus: this.eventBus,
      bearers: { registry, platform },
      settings: {
        logRetention: config.retention.logDays,
        logRemovalPolicy: removalPolicyOf(config),
        logEncryptionKey: encryptionKey,
        logLevel: config.logLevel,
        tracing: config.tracing,
      },
    });
    publishParameter(this, config, 'event-bus-name', this.eventBus.bus.eventBusName);
    publishParameter(this, config, 'undelivered-events-queue', this.eventBus.undelivered.queueUrl);
    publishParameter(this, config, 'quarantined-events-queue', this.eventBus.quarantine.queueUrl);
  }
}
