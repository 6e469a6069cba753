import { PermissionsBoundary, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config/schema';
import type { PlatformDocument } from '../lambdas/core/platform';
import { onlyGatewaysInvokeModels } from './constructs/model-access-rule';
import { AgentsStack } from './stacks/agents-stack';
import { DataStack } from './stacks/data-stack';
import { GatewayStack } from './stacks/gateway-stack';
import { ObservabilityStack } from './stacks/observability-stack';
import { RetrievalStack } from './stacks/retrieval-stack';
import { PipelinesStack } from './stacks/pipelines-stack';

export interface PlatformStageProps {
  readonly config: EnvironmentConfig;
  /** What the functions are told of their environment. */
  readonly platform: PlatformDocument;
}

/** One environment, whole: stateful and stateless stacks apart. */
export class PlatformStage extends Stage {
  readonly data: DataStack;
  readonly gateway: GatewayStack;
  readonly agents: AgentsStack;
  /** Undefined where the config names no agent. */
  readonly pipelines: PipelinesStack | undefined;
  readonly observability: ObservabilityStack;
  /** Undefined where the config has no `retrieval`. */
  readonly retrieval: RetrievalStack | undefined;

  constructor(scope: Construct, props: PlatformStageProps) {
    const { config, platform } = props;
    super(scope, config.name, {
      env: { account: config.account, region: config.region },
      permissionsBoundary: config.permissionsBoundary ? boundaryOf(config.permissionsBoundary) : undefined,
    });
    const common = { config, terminationProtection: config.terminationProtection, tags: config.tags };
    const stackName = (stack: string) => `${config.platform}-${config.name}-${stack}`;
    this.data = new DataStack(this, 'Data', {
      ...common,
      stackName: stackName('data'),
      description: 'Keys, tables, and the archive of the audit trail',
    });
    this.retrieval =
      config.retrieval &&
      new RetrievalStack(this, 'Retrieval', {
        ...common,
        stackName: stackName('retrieval'),
        description: 'Index for search by vector and by keyword',
        retrieval: config.retrieval,
        encryptionKey: this.data.encryptionKey,
      });
    this.agents = new AgentsStack(this, 'Agents', {
      ...common,
      stackName: stackName('agents'),
      description: 'Event bus and reviews of the agents',
      encryptionKey: this.data.encryptionKey,
      runs: this.data.agentRuns,
      registry: this.data.registry,
      platform,
    });
    this.gateway = new GatewayStack(this, 'Gateway', {
      ...common,
      stackName: stackName('gateway'),
      description: 'AI gateway: front door and function',
      platform,
      encryptionKey: this.data.encryptionKey,
      auditTrail: this.data.auditTrail,
      callContent: this.data.callContent,
      registry: this.data.registry,
      costLedger: this.data.costLedger,
      answerCache: this.data.answerCache,
      reviewQueue: this.agents.reviewQueue,
      vectorIndex: this.retrieval?.index,
    });
    this.pipelines = Object.values(config.agents ?? {}).every((agent) => agent === undefined)
      ? undefined
      : new PipelinesStack(this, 'Pipelines', {
          ...common,
          stackName: stackName('pipelines'),
          description: 'Agents: a queue and a function for each',
          encryptionKey: this.data.encryptionKey,
          eventBus: this.agents.eventBus,
          runs: this.data.agentRuns,
          gateway: this.gateway.gateway,
        });
    this.observability = new ObservabilityStack(this, 'Observability', {
      ...common,
      stackName: stackName('observability'),
      description: 'Alarms and dashboard',
      gateway: this.gateway.gateway,
      administration: this.gateway.administration,
      auditArchive: this.data.auditArchive,
      usageRollup: this.data.usageRollup,
      eventBus: this.agents.eventBus,
      pipelines: this.pipelines?.pipelines ?? [],
    });
    onlyGatewaysInvokeModels(this);
  }
}

function boundaryOf(nameOrArn: string): PermissionsBoundary {
  return nameOrArn.startsWith('arn:') ? PermissionsBoundary.fromArn(nameOrArn) : PermissionsBoundary.fromName(nameOrArn);
}
