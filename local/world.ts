import type { AssemblyStack } from './assembly';
import type { RestApi } from './apigateway/rest-api';
import type { AwsEndpoint } from './endpoint';
import type { Checkpoints } from './event-sources/checkpoints';
import type { EventSources } from './event-sources/event-sources';
import type { EventSink } from './events';
import type { PermissionUse } from './iam/permission-use';
import type { PolicyDocument, RolePrincipal } from './iam/types';
import type { LambdaFunction } from './lambda/function';
import type { Monitoring } from './metrics/monitoring';
import type { Schedules } from './schedules/schedules';
import type { AossService } from './services/aoss';
import type { Guardrails } from './services/bedrock/guardrails/guardrails';
import type { Background } from './delivery/background';
import type { DestinationOptions } from './delivery/destination';
import type { DynamoDbService } from './services/dynamodb';
import type { EventBridgeService } from './services/events';
import type { KmsService } from './services/kms';
import type { S3Service } from './services/s3';
import type { SecretsManagerService } from './services/secrets-manager';
import type { SqsService } from './services/sqs';
import type { SsmService } from './services/ssm';

/** A role of a template, with the policies attached to it so far. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly accountId: string;
  /** Grows as the template's policies attach themselves. */
  readonly policies: PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
  /** Who may work as it: `AssumeRolePolicyDocument`. */
  readonly trust?: PolicyDocument;
}

export interface Key {
  readonly id: string;
  readonly arn: string;
  readonly policy: PolicyDocument;
}

/** Everything that the resources of the templates are started into. */
export interface World {
  readonly accountId: string;
  readonly region: string;
  readonly endpoint: AwsEndpoint;
  /** Decides what callers may do. */
  readonly permissions: PermissionUse;
  readonly aoss: AossService;
  readonly dynamodb: DynamoDbService;
  /** Of Bedrock. */
  readonly guardrails: Guardrails;
  readonly kms: KmsService;
  readonly s3: S3Service;
  readonly ssm: SsmService;
  readonly secrets: SecretsManagerService;
  readonly sqs: SqsService;
  readonly eventBridge: EventBridgeService;
  /** What queues and functions are reached by as destinations. */
  readonly destinations: DestinationOptions;
  /** Asynchronous calls and deliveries under way. */
  readonly background: Background;
  readonly events: EventSink;
  readonly monitoring: Monitoring;
  /** The functions that read streams; `settle` hands over what is there. */
  readonly eventSources: EventSources;
  readonly checkpoints: Checkpoints;
  /** The rules that call functions by the clock; `fire` does so at once. */
  readonly schedules: Schedules;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether time passes by itself: not on a test's clock. */
  readonly timePasses: boolean;
  readonly roles: Map<string, Role>;
  /** Managed policies of the templates, by ARN. */
  readonly managedPolicies: Map<string, PolicyDocument>;
  /** By ARN. */
  readonly keys: Map<string, Key>;
  /** By ARN. */
  readonly functions: Map<string, LambdaFunction>;
  readonly apis: Map<string, RestApi>;
  /** Where the APIs answer on this machine: `http://127.0.0.1:<port>`. */
  readonly apiOrigin: string;
  /** What in the templates is not evaluated here, in words. */
  readonly notEvaluated: Set<string>;
}

export interface ResourceContext {
  readonly logicalId: string;
  readonly stack: AssemblyStack;
  readonly world: World;
}

export interface StartedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Starts one resource from its resolved properties. */
export type ResourceStarter = (properties: Record<string, unknown>, context: ResourceContext) => StartedResource | Promise<StartedResource>;

/** Resource type → how it is started. */
export type ResourceRegistry = Readonly<Record<string, ResourceStarter>>;

/** The principal that a role is when it works, session by session. */
export function principalOf(role: Role, name: string): RolePrincipal {
  return {
    kind: 'role',
    name,
    roleArn: role.arn,
    sessionArn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${name}`,
    accountId: role.accountId,
    identityPolicies: role.policies,
    permissionsBoundary: role.permissionsBoundary,
  };
}

/** A physical name as CloudFormation would make one, without its random part, so that state survives a restart. */
export function physicalName({ stack, logicalId }: ResourceContext): string {
  return `${stack.name}-${logicalId}`;
}
