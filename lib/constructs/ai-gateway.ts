import { CfnOutput, Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PlatformDocument } from '../../lambdas/core/platform';
import type { gatewayEnv } from '../../lambdas/gateway/env';
import { AccountSweeper } from './account-sweeper';
import { AnswerCache } from './answer-cache';
import { AuditTrail } from './audit-trail';
import { CallContent } from './call-content';
import { CostLedger } from './cost-ledger';
import { FrontDoor, type FrontDoorSettings } from './front-door';
import {
  type AiGatewayAttributes,
  type AiGatewayParameters,
  attributesFromParameters,
  GatewayReference,
  type IAiGateway,
} from './gateway-reference';
import { grantInvokeModels } from './grant-invoke-models';
import { grantReadSecrets } from './grant-read-secrets';
import type { IGuardrail } from './guardrail';
import { PromptRegistry } from './prompt-registry';
import { RuntimeFunction, type RuntimeSettings } from './runtime-function';
import type { IVectorIndex } from './vector-index-reference';

export interface AiGatewayProps {
  /** Models with their prices, and limits; `platformDocument({ region, models })` makes one. */
  readonly platform: PlatformDocument;
  /** @default - one of its own, retained when the stack is deleted */
  readonly auditTrail?: AuditTrail;
  /** Holds large contents of calls where `platform.auditContent` keeps any. @default - then one of its own, retained when the stack is deleted */
  readonly callContent?: CallContent;
  /** The accounts that limits are held in. @default - one of its own, retained when the stack is deleted */
  readonly costLedger?: CostLedger;
  /** @default - one of its own, retained when the stack is deleted; the output `RegistryTable` names its table */
  readonly registry?: PromptRegistry;
  /** Where answers are kept. @default - one of its own, deleted with the stack, where `platform` has `answerCache` */
  readonly answerCache?: AnswerCache;
  /**
   * Where the questions to these answers are found in other words, as `platform.answerCache.semantic` says; its vectors have as many numbers, and
   * its filter fields are `partition`, `document`, `source` (keyword) and `expiresAt` (integer, epoch seconds): documents past it are deleted.
   *
   * @default - they are not looked for
   */
  readonly vectorIndex?: IVectorIndex;
  /** What safety policies of `platform` with `managed` hold texts to. @default - none, and no policy may want one */
  readonly guardrail?: IGuardrail;
  /** Of the gateway function, in megabytes. @default 1024 */
  readonly memorySize?: number;
  /** Calls at once that are kept for the gateway function, and beyond which it is throttled. @default - as many as the account has left */
  readonly reservedConcurrency?: number;
  /** Longest that a call may take, 15 minutes at most. @default Duration.minutes(5) */
  readonly timeout?: Duration;
  readonly settings?: RuntimeSettings;
  readonly frontDoor?: FrontDoorSettings;
}

/** API Gateway gives up on a streamed integration after 15 minutes, and Lambda on any call. */
const LONGEST_TIMEOUT_MINUTES = 15;
/** The function needs this much longer than the model to write the settlement and the end of the answer. */
const SETTLEMENT_MARGIN_MS = 10_000;

/** The one service through which every call to a model goes: its API and the function behind it, the only role that may invoke models. */
export class AiGateway extends Construct implements IAiGateway {
  /** A gateway that was deployed by another app, by its URL and the id of its API. */
  static fromAttributes(scope: Construct, id: string, attributes: AiGatewayAttributes): IAiGateway {
    return new GatewayReference(scope, id, attributes);
  }

  /**
   * The gateway of an environment in the same account and region, by the SSM parameters that the environment publishes. They are read when the
   * stack is deployed; synthesis asks nothing of AWS.
   */
  static fromParameters(scope: Construct, id: string, parameters: AiGatewayParameters): IAiGateway {
    return new GatewayReference(scope, id, attributesFromParameters(scope, parameters));
  }

  readonly frontDoor: FrontDoor;
  /** Where each call is recorded. */
  readonly auditTrail: AuditTrail;
  /** Where keys and roles are looked up. */
  readonly registry: PromptRegistry;
  /** The accounts that limits are held in. */
  readonly costLedger: CostLedger;
  /** Settles what calls have left held whose process died. */
  readonly sweeper: AccountSweeper;
  readonly function: RuntimeFunction<typeof gatewayEnv>;
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;
  /** Id of its REST API. */
  readonly apiId: string;

  constructor(scope: Construct, id: string, props: AiGatewayProps) {
    super(scope, id);
    const timeout = props.timeout ?? Duration.minutes(5);
    checkTimeout(timeout, props.platform);
    const guardrail = guardrailFor(props);
    const auditTrail = props.auditTrail ?? new AuditTrail(this, 'AuditTrail');
    const registry = props.registry ?? this.ownRegistry();
    const costLedger = props.costLedger ?? new CostLedger(this, 'CostLedger');
    [this.auditTrail, this.registry, this.costLedger] = [auditTrail, registry, costLedger];
    const { auditContent = 'hash-only' } = props.platform;
    const callContent =
      auditContent === 'hash-only'
        ? undefined
        : (props.callContent ?? new CallContent(this, 'CallContent', { retention: auditTrail.retention }));
    const answerCache = props.platform.answerCache && (props.answerCache ?? new AnswerCache(this, 'AnswerCache'));
    const vectorIndex = props.platform.answerCache?.semantic && props.vectorIndex;
    this.function = new RuntimeFunction<typeof gatewayEnv>(this, 'Function', {
      bundle: 'gateway',
      description: 'AI gateway: every call to a model goes through it',
      environment: {
        AUDIT_TABLE: auditTrail.table.tableName,
        REGISTRY_TABLE: registry.table.tableName,
        LEDGER_TABLE: costLedger.table.tableName,
        CONTENT_BUCKET: callContent?.bucket.bucketName ?? 'none',
        CACHE_TABLE: answerCache?.table.tableName ?? 'none',
        VECTOR_ENDPOINT: vectorIndex?.endpoint ?? 'none',
        VECTOR_INDEX: vectorIndex?.indexName ?? 'none',
        GUARDRAIL_ID: guardrail?.guardrailId ?? 'none',
        GUARDRAIL_VERSION: guardrail?.guardrailVersion ?? 'none',
        AUDIT_RETENTION_DAYS: String(auditTrail.retention.toDays()),
      },
      platform: props.platform,
      memorySize: props.memorySize ?? 1024,
      reservedConcurrency: props.reservedConcurrency,
      timeout,
      settings: props.settings,
    });
    auditTrail.grantInsert(this.function);
    auditTrail.grantRead(this.function);
    callContent?.grantKeep(this.function);
    registry.grantRead(this.function);
    costLedger.grantReserve(this.function);
    costLedger.grantReadUsage(this.function);
    answerCache?.grantReadWrite(this.function);
    vectorIndex?.grantRead(this.function);
    vectorIndex?.grantWrite(this.function);
    guardrail?.grantApply(this.function);
    grantInvokeModels(this.function, props.platform);
    grantReadSecrets(this.function, secretIds(props.platform));

    this.sweeper = new AccountSweeper(this, 'Sweeper', {
      costLedger,
      auditTrail,
      registry,
      environment: props.platform.environment,
      settings: props.settings,
    });

    this.frontDoor = new FrontDoor(this, 'FrontDoor', { handler: this.function.function, timeout, settings: props.frontDoor });
    this.url = this.frontDoor.url;
    this.apiId = this.frontDoor.api.restApiId;
  }

  /** May call the gateway's routes under `/iam/v1`, signed with the grantee's own identity. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.frontDoor.grantInvoke(grantee);
  }

  /** Whoever releases prompts has to find the table. */
  private ownRegistry(): PromptRegistry {
    const registry = new PromptRegistry(this, 'Registry');
    new CfnOutput(this, 'RegistryTable', { value: registry.table.tableName });
    return registry;
  }
}

function secretIds({ providers }: PlatformDocument): string[] {
  const ids = Object.values(providers).flatMap((entry) => ('secretId' in entry && entry.secretId !== undefined ? [entry.secretId] : []));
  return [...new Set(ids)];
}

/** Undefined where no policy wants one: then the gateway may not apply it. */
function guardrailFor({ platform, guardrail }: AiGatewayProps): IGuardrail | undefined {
  const wanting = Object.entries(platform.safety?.policies ?? {}).filter(([, { managed }]) => managed !== undefined);
  const [first] = wanting;
  if (first === undefined) return undefined;
  if (guardrail !== undefined) return guardrail;
  throw new Error(
    `The safety policy "${first[0]}" has directions in "managed", and AiGateway was given no guardrail: pass a Guardrail as \`guardrail\`, or leave \`managed\` out.`,
  );
}

function checkTimeout(timeout: Duration, { limits }: PlatformDocument): void {
  if (timeout.isUnresolved()) return;
  if (timeout.toMinutes({ integral: false }) > LONGEST_TIMEOUT_MINUTES) {
    throw new Error(
      `AiGateway timeout is ${timeout.toHumanString()}; API Gateway and Lambda allow at most ${LONGEST_TIMEOUT_MINUTES} minutes.`,
    );
  }
  if (timeout.toMilliseconds() < limits.modelTimeoutMs + SETTLEMENT_MARGIN_MS) {
    throw new Error(
      `AiGateway timeout is ${timeout.toHumanString()}, and platform.limits.modelTimeoutMs is ${limits.modelTimeoutMs}; it must be ${SETTLEMENT_MARGIN_MS} ms longer than a model may take, to settle the call.`,
    );
  }
}
