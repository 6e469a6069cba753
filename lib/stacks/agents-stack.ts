import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import { EventBus } from '../constructs/event-bus';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface AgentsStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  /** Encrypts what lies in the queues. */
  readonly encryptionKey: kms.IKey;
}

/** The bus that agents are told by, and what it keeps. */
export class AgentsStack extends Stack {
  readonly eventBus: EventBus;

  constructor(scope: Construct, id: string, props: AgentsStackProps) {
    super(scope, id, props);
    const { config, encryptionKey } = props;
    this.eventBus = new EventBus(this, 'EventBus', { encryptionKey, removalPolicy: removalPolicyOf(config) });
    publishParameter(this, config, 'event-bus-name', this.eventBus.bus.eventBusName);
    publishParameter(this, config, 'undelivered-events-queue', this.eventBus.undelivered.queueUrl);
    publishParameter(this, config, 'quarantined-events-queue', this.eventBus.quarantine.queueUrl);
  }
}
