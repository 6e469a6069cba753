import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PlatformDocument } from '../../lambdas/core/platform';
import type { gatewayEnv } from '../../lambdas/gateway/env';
import type { AuditTrail } from './audit-trail';
import { FrontDoor, type FrontDoorSettings } from './front-door';
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

/** Inference profile ids carry the geography in which they may run a call before the model's id. */
const INFERENCE_PROFILE = /^(?:global|us|us-gov|eu|apac|jp|au|ca)\.(?<model>.+)$/;

/**
 * Lets the grantee invoke exactly these models, streamed. For an inference profile: the profile, and its model in whichever region the profile
 * sends a call to, but only when called through that profile.
 */
function grantInvokeModels(grantee: iam.IGrantable & Construct, modelIds: readonly string[]): void {
  const stack = Stack.of(grantee);
  const actions = ['bedrock:InvokeModelWithResponseStream'];
  const direct = modelIds.filter((id) => !INFERENCE_PROFILE.test(id));
  const profiles = modelIds.filter((id) => INFERENCE_PROFILE.test(id));
  if (direct.length > 0) {
    iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: direct.map((id) =>
        stack.formatArn({ service: 'bedrock', account: '', resource: 'foundation-model', resourceName: id }),
      ),
    });
  }
  if (profiles.length > 0) {
    const profileArns = profiles.map((id) => stack.formatArn({ service: 'bedrock', resource: 'inference-profile', resourceName: id }));
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: profileArns });
    iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: profiles.map((id) => {
        const model = INFERENCE_PROFILE.exec(id)?.groups?.model ?? id;
        return stack.formatArn({ service: 'bedrock', region: '*', account: '', resource: 'foundation-model', resourceName: model });
      }),
      conditions: { StringEquals: { 'bedrock:InferenceProfileArn': profileArns } },
    });
  }
}
