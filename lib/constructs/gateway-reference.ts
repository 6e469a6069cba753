import { ArnFormat, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct, type IConstruct } from 'constructs';
import { grantInvokeRoutes, STAGE_NAME } from './front-door';

/** A gateway, made here or elsewhere. */
export interface IAiGateway extends IConstruct {
  /** Base URL without a trailing slash; append `/v1` or `/iam/v1`. */
  readonly url: string;
  /** May call the gateway's routes under `/iam/v1`, signed with the grantee's own identity. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant;
}

/** What another app has to know of a gateway. */
export interface AiGatewayAttributes {
  /** Base URL without a trailing slash: the output and SSM parameter `gateway-url`. */
  readonly url: string;
  /** Id of its REST API: the output and SSM parameter `gateway-api-id`. */
  readonly apiId: string;
  /** @default - region of the stack that refers to it */
  readonly region?: string;
  /** @default - account of the stack that refers to it */
  readonly account?: string;
}

/** Which environment's gateway, by the names in its config. */
export interface AiGatewayParameters {
  /** As `platform` in the environment's config: `ai-native-blueprint`. */
  readonly platform: string;
  /** As `name` in the environment's config: `dev`. */
  readonly environment: string;
}

/** A gateway of another stack or app, by its attributes. */
export class GatewayReference extends Construct implements IAiGateway {
  readonly url: string;
  private readonly arnOf: (route: string) => string;

  constructor(scope: Construct, id: string, { url, apiId, region, account }: AiGatewayAttributes) {
    super(scope, id);
    this.url = url.replace(/\/$/, '');
    this.arnOf = (route) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        region,
        account,
        resource: apiId,
        resourceName: `${STAGE_NAME}/*${route}`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
  }

  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return grantInvokeRoutes(grantee, this.arnOf);
  }
}

/** The attributes that an environment has published in SSM, in the account and region of the stack that reads them, when it is deployed. */
export function attributesFromParameters(scope: Construct, { platform, environment }: AiGatewayParameters): AiGatewayAttributes {
  const read = (name: string): string => ssm.StringParameter.valueForStringParameter(scope, `/${platform}/${environment}/${name}`);
  return { url: read('gateway-url'), apiId: read('gateway-api-id') };
}
