import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PlatformDocument } from '../../lambdas/core/platform';
import type { gatewayEnv } from '../../lambdas/gateway/env';
import type { AuditTrail } from './audit-trail';
import { FrontDoor, type FrontDoorSettings } from './front-door';
import { grantInvokeModels } from './grant-invoke-models';
import type { PromptRegistry } from './prompt-registry';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';

export interface AiGatewayProps {
  /** Models with their prices, and limits. */
  readonly platform: PlatformDocument;
  readonly auditTrail: AuditTrail;
  readonly registry: PromptRegistry;
  /** Of the gateway function, in megabytes. @default 1024 */
  readonly memorySize?: number;
  /** Longest that a call may take, 15 minutes at most. @default Duration.minutes(5) */
  readonly timeout?: Duration;
  readonly settings?: RuntimeSettings;
  readonly frontDoor?: FrontDoorSettings;
}

/** API Gateway gives up on a streamed integration after 15 minutes, and Lambda on any call. */
const LONGEST_TIMEOUT_MINUTES = 15;

/** The one service through which every call to a model goes: its API and the function behind it, the only role that may invoke models. */
export class AiGateway extends Construct {
  readonly frontDoor: FrontDoor;
  readonly function: RuntimeFunction<typeof gatewayEnv>;
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: AiGatewayProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.minutes(5);
    if (!timeout.isUnresolved() && timeout.toMinutes({ integral: false }) > LONGEST_TIMEOUT_MINUTES) {
      throw new Error(
        `AiGateway timeout is ${timeout.toHumanString()}; API Gateway and Lambda allow at most ${LONGEST_TIMEOUT_MINUTES} minutes.`,
      );
    }
    this.function = new RuntimeFunction<typeof gatewayEnv>(this, 'Function', {
      bundle: 'gateway',
      description: 'AI gateway: every call to a model goes through it',
      environment: {
        AUDIT_TABLE: props.auditTrail.table.tableName,
        REGISTRY_TABLE: props.registry.table.tableName,
        AUDIT_RETENTION_DAYS: String(props.auditTrail.retention.toDays()),
      },
      platform: props.platform,
      memorySize: props.memorySize ?? 1024,
      timeout,
      settings: props.settings,
    });
    props.auditTrail.grantInsert(this.function);
    props.auditTrail.grantRead(this.function);
    props.registry.grantRead(this.function);
    grantInvokeModels(
      this.function,
      props.platform.models.map((model) => model.providerModelId),
    );

    this.frontDoor = new FrontDoor(this, 'FrontDoor', { handler: this.function.function, timeout, settings: props.frontDoor });
    this.url = this.frontDoor.url;
  }

  /** May call the gateway's routes under `/iam/v1`, signed with the grantee's own identity. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.frontDoor.grantInvoke(grantee);
  }
}
