import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { ShippedAgent } from '../../config/agents';
import type { EnvironmentConfig } from '../../config/schema';
import { shippedEvents } from '../constructs/agent-event-names';
import { AgentPipeline } from '../constructs/agent-pipeline';
import { checkAgentShare } from '../constructs/agent-share';
import type { AgentRuns } from '../constructs/agent-runs';
import type { EventBus } from '../constructs/event-bus';
import type { IAiGateway } from '../constructs/gateway-reference';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface PipelinesStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  /** Encrypts queues and logs. */
  readonly encryptionKey: kms.IKey;
  readonly eventBus: EventBus;
  readonly runs: AgentRuns;
  readonly gateway: IAiGateway;
}

/** The agents of the package that the environment's config names. */
export class PipelinesStack extends Stack {
  readonly pipelines: readonly AgentPipeline[];

  constructor(scope: Construct, id: string, props: PipelinesStackProps) {
    super(scope, id, props);
    const { config, encryptionKey, eventBus, runs, gateway } = props;
    const platform = {
      bus: eventBus,
      runs,
      gateway,
      environment: config.name,
      encryptionKey,
      settings: {
        logRetention: config.retention.logDays,
        logRemovalPolicy: removalPolicyOf(config),
        logEncryptionKey: encryptionKey,
        logLevel: config.logLevel,
        tracing: config.tracing,
      },
    };
    const configured = Object.entries(config.agents ?? {}).flatMap(([name, agent]) =>
      agent === undefined ? [] : [[name as ShippedAgent, agent] as const],
    );
    this.pipelines = configured.map(([name, { autonomy, confidenceThreshold, reviewHours, maxConcurrency }]) => {
      const pipeline = new AgentPipeline(this, pascal(name), {
        name,
        event: shippedEvents[name],
        platform,
        trust: { autonomy, confidenceThreshold, reviewWithin: reviewHours === undefined ? undefined : Duration.hours(reviewHours) },
        scale: { maxConcurrency },
      });
      publishParameter(this, config, `agent-${name}-queue`, pipeline.queue.queueUrl);
      publishParameter(this, config, `agent-${name}-dead-letters`, pipeline.deadLetterQueue.queueUrl);
      // Who maps the role to a tenant has to know it.
      publishParameter(this, config, `agent-${name}-role`, pipeline.roleArn);
      return pipeline;
    });
    checkAgentShare(this.pipelines, config.gateway.reservedConcurrency);
  }
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
