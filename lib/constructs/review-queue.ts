import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PlatformDocument } from '../../lambdas/core/platform';
import type { reviewSweeperEnv } from '../../lambdas/review-sweeper/env';
import type { reviewsEnv } from '../../lambdas/reviews/env';
import { REVIEW_RESOLVED } from './agent-event-names';
import type { AgentRuns } from './agent-runs';
import type { EventBus } from './event-bus';
import { type FrontDoor, REVIEW_ROUTES } from './front-door';
import type { PromptRegistry } from './prompt-registry';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface ReviewQueueProps {
  /** Whose cases are reviewed. */
  readonly runs: AgentRuns;
  /** Agents are told by it how their cases were resolved. */
  readonly bus: EventBus;
  /** API keys and tokens that may review the cases of their own tenant, under `/v1/reviews`. @default - AWS identities alone */
  readonly bearers?: ReviewBearers;
  /** How long a claimed case is its reviewer's. @default Duration.minutes(30) */
  readonly claim?: Duration;
  readonly settings?: RuntimeSettings;
}

/** Who is let in under `/v1/reviews`: whose scopes name the route `reviews`. */
export interface ReviewBearers {
  /** Where keys, teams and tenants are looked up. */
  readonly registry: PromptRegistry;
  /** Whose `identity` says which tokens are taken. */
  readonly platform: PlatformDocument;
}

const EVERY = Duration.minutes(1);

/** What agents leave to people: an API to list, claim and resolve cases, and a sweeper that denies what nobody has resolved in time. */
export class ReviewQueue extends Construct {
  /** Answers the API. */
  readonly function: RuntimeFunction<typeof reviewsEnv>;
  readonly sweeper: RuntimeFunction<typeof reviewSweeperEnv>;
  private readonly takesBearers: boolean;

  constructor(scope: Construct, id: string, { runs, bus, bearers, claim = Duration.minutes(30), settings }: ReviewQueueProps) {
    super(scope, id);
    this.takesBearers = bearers !== undefined;
    const common = { RUNS_TABLE: runs.table.tableName, EVENT_BUS: bus.bus.eventBusName };
    this.function = new RuntimeFunction<typeof reviewsEnv>(this, 'Function', {
      bundle: 'reviews',
      description: 'Reviews of what agents are not sure of',
      environment: { ...common, REGISTRY_TABLE: bearers?.registry.table.tableName ?? 'none', CLAIM_MINUTES: String(claim.toMinutes()) },
      platform: bearers?.platform,
      memorySize: 256,
      timeout: Duration.seconds(29),
      settings,
    });
    this.sweeper = new RuntimeFunction<typeof reviewSweeperEnv>(this, 'Sweeper', {
      bundle: 'review-sweeper',
      description: 'Denies reviews that nobody has resolved in time, and tells agents what they were not told',
      environment: common,
      memorySize: 256,
      timeout: Duration.minutes(1),
      settings,
    });
    for (const grantee of [this.function, this.sweeper]) bus.grantPut(grantee, REVIEW_RESOLVED);
    runs.grantReview(this.function);
    bearers?.registry.grantReadBearers(this.function);
    runs.grantSweepReviews(this.sweeper);
    new events.Rule(this, 'Schedule', {
      description: 'Sweeps the reviews',
      schedule: events.Schedule.rate(EVERY),
      targets: [new targets.LambdaFunction(this.sweeper.function)],
    });
  }

  /** Answers under `/iam/v1/reviews` of a front door, for AWS identities that IAM lets call it there; with `bearers` under `/v1/reviews`, too. */
  serveAt(frontDoor: FrontDoor): void {
    const integration = new apigateway.LambdaIntegration(this.function.function, { allowTestInvoke: false });
    frontDoor.addIamRoutes('reviews', integration);
    if (this.takesBearers) frontDoor.addKeyRoutes('reviews', integration);
  }

  /** May list, claim and resolve cases behind this front door. Not for who may call models: its own cases are not its to approve. */
  grantReview(grantee: iam.IGrantable, frontDoor: FrontDoor): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: REVIEW_ROUTES.map((route) => frontDoor.api.arnForExecuteApi('*', route, frontDoor.api.deploymentStage.stageName)),
    });
  }
}
