import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { addGatewayResponses } from './gateway-responses';

/** What a door may be told of its environment. */
export interface FrontDoorSettings {
  /**
   * Steady rate in requests per second: of API keys together, and of AWS identities together. API Gateway counts for each route by itself, so that
   * neither takes from the other.
   *
   * @default 100
   */
  readonly requestsPerSecond?: number;
  /** Requests that may come at once above the steady rate. @default 200 */
  readonly burst?: number;
  /** @default logs.RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
  /** Of the access log. @default RemovalPolicy.RETAIN */
  readonly logRemovalPolicy?: RemovalPolicy;
  /**
   * Encrypts the access log; its policy must let CloudWatch Logs use it.
   *
   * @default - CloudWatch Logs' own encryption
   */
  readonly logEncryptionKey?: kms.IKey;
  /**
   * API Gateway writes logs through one role per account and region. `create` makes that role here (kept on deletion, since other APIs may use it);
   * `existing` expects the account to have one.
   *
   * @default 'create'
   */
  readonly accountLogRole?: 'create' | 'existing';
  /** Traces by X-Ray. @default true */
  readonly tracing?: boolean;
}

export interface FrontDoorProps {
  /** Answers every route; a response-streaming handler. */
  readonly handler: lambda.IFunction;
  /** Longest that a call may take; at most the handler's own timeout. */
  readonly timeout: Duration;
  readonly settings?: FrontDoorSettings;
}

/** Of the one stage. */
export const STAGE_NAME = 'live';
/** What AWS identities may call. */
export const IAM_ROUTES = '/iam/v1/*';
/** What of it whoever calls models may not: approve what agents of its own have asked for. */
export const REVIEW_ROUTES = ['/iam/v1/reviews', '/iam/v1/reviews/*'];
/** Nor make keys, of their own tenant or another. */
export const ADMIN_ROUTES = ['/iam/v1/admin', '/iam/v1/admin/*'];

/** One line of JSON per request; the local emulator writes the same. */
const ACCESS_LOG_FORMAT = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  error: '$context.error.responseType',
  traceId: '$context.xrayTraceId',
});

/**
 * The API of the gateway: a regional REST API that streams. `/v1` is for API keys, which the handler checks; `/iam/v1` leads to the same routes
 * for AWS identities, which API Gateway checks. What API Gateway answers by itself has the shape of the gateway's own errors.
 */
export class FrontDoor extends Construct {
  readonly api: apigateway.RestApi;
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;
  private readonly keyRoot: apigateway.Resource;
  private readonly iamRoot: apigateway.Resource;

  constructor(scope: Construct, id: string, props: FrontDoorProps) {
    super(scope, id);
    const settings = props.settings ?? {};
    const makesLogRole = (settings.accountLogRole ?? 'create') === 'create';
    const accessLog = new logs.LogGroup(this, 'AccessLog', {
      retention: settings.logRetention ?? logs.RetentionDays.ONE_MONTH,
      removalPolicy: settings.logRemovalPolicy ?? RemovalPolicy.RETAIN,
      encryptionKey: settings.logEncryptionKey,
    });
    this.api = new apigateway.RestApi(this, 'Resource', {
      description: 'AI gateway',
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      cloudWatchRole: makesLogRole,
      // CDK takes it for a role of its own alone.
      ...(makesLogRole && { cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }),
      deployOptions: {
        stageName: STAGE_NAME,
        throttlingRateLimit: settings.requestsPerSecond ?? 100,
        throttlingBurstLimit: settings.burst ?? 200,
        tracingEnabled: settings.tracing ?? true,
        accessLogDestination: new apigateway.LogGroupLogDestination(accessLog),
        accessLogFormat: apigateway.AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
    });
    addGatewayResponses(this.api);

    const integration = new apigateway.LambdaIntegration(props.handler, {
      responseTransferMode: apigateway.ResponseTransferMode.STREAM,
      timeout: props.timeout,
      allowTestInvoke: false,
    });
    const open = { authorizationType: apigateway.AuthorizationType.NONE };
    this.api.root.addResource('healthz').addMethod('GET', integration, open);
    this.keyRoot = this.api.root.addResource('v1');
    this.keyRoot.addResource('{proxy+}').addMethod('ANY', integration, open);
    this.iamRoot = this.api.root.addResource('iam').addResource('v1');
    this.iamRoot.addResource('{proxy+}').addMethod('ANY', integration, { authorizationType: apigateway.AuthorizationType.IAM });
    acknowledge(this, {
      APIG2: 'The function validates every request, against a schema that API Gateway could not express, and names what is wrong.',
      APIG4: 'Routes under /v1 take API keys, which the function checks; /healthz tells nothing; routes under /iam/v1 have AWS_IAM.',
      COG4: 'Callers are programs with API keys or AWS identities, not users of a user pool.',
      APIG6: 'Execution logs would hold prompts and answers. The access log has a line for each request, without content.',
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        'The policy that API Gateway asks for in the role of the account; it serves every API of the region.',
    });
    this.url = this.api.url.replace(/\/$/, '');
  }

  /** Has `/v1/<name>` and what is below it answered by somebody else, who checks API keys and tokens. */
  addKeyRoutes(name: string, integration: apigateway.Integration): void {
    addRoutes(this.keyRoot, name, integration, apigateway.AuthorizationType.NONE);
  }

  /** Has `/iam/v1/<name>` and what is below it answered by somebody else; for AWS identities alone. */
  addIamRoutes(name: string, integration: apigateway.Integration): void {
    addRoutes(this.iamRoot, name, integration, apigateway.AuthorizationType.IAM);
  }

  /** May call the routes under `/iam/v1`, but for reviews and administration, signed with the grantee's own identity. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return grantInvokeRoutes(grantee, (route) => this.api.arnForExecuteApi('*', route, this.api.deploymentStage.stageName));
  }
}

function addRoutes(
  root: apigateway.Resource,
  name: string,
  integration: apigateway.Integration,
  authorizationType: apigateway.AuthorizationType,
): void {
  const resource = root.addResource(name);
  for (const at of [resource, resource.addResource('{proxy+}')]) at.addMethod('ANY', integration, { authorizationType });
}

/** @param arnOf ARN of a route of the API. */
export function grantInvokeRoutes(grantee: iam.IGrantable, arnOf: (route: string) => string): iam.Grant {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions: ['execute-api:Invoke'],
      resources: [...REVIEW_ROUTES, ...ADMIN_ROUTES].map(arnOf),
    }),
  );
  return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [arnOf(IAM_ROUTES)] });
}
