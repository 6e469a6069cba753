import { createHash } from 'node:crypto';
import { RestApi } from '../apigateway/rest-api';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';

interface IntegrationProperties {
  readonly Type: string;
  readonly Uri?: string;
  readonly TimeoutInMillis?: number;
  readonly ResponseTransferMode?: string;
}

interface MethodSetting {
  readonly ResourcePath?: string;
  readonly HttpMethod?: string;
  readonly ThrottlingRateLimit?: number;
  readonly ThrottlingBurstLimit?: number;
}

/** API Gateway's own when the template names none. */
const DEFAULT_TIMEOUT_MS = 29_000;
const HEADER_PREFIX = 'gatewayresponse.header.';

export const apiGatewayResources: ResourceRegistry = {
  'AWS::ApiGateway::RestApi': (_properties, context) => {
    const id = shortId(context);
    const api = new RestApi(id, `${id}root`);
    context.world.apis.set(id, api);
    return { ref: id, attributes: { RestApiId: id, RootResourceId: api.rootResourceId } };
  },
  'AWS::ApiGateway::Resource': (properties, context) => {
    const id = shortId(context);
    apiOf(properties, context).addResource(id, String(properties.ParentId), String(properties.PathPart));
    return { ref: id, attributes: { ResourceId: id } };
  },
  'AWS::ApiGateway::Method': (properties, context) => {
    const integration = properties.Integration as IntegrationProperties;
    const [, functionArn] = /\/functions\/(.+?)\/(?:response-streaming-)?invocations$/.exec(integration.Uri ?? '') ?? [];
    if (integration.Type !== 'AWS_PROXY' || !functionArn) {
      throw new Error(`its integration is ${integration.Type} to ${integration.Uri}; only Lambda proxy integrations run here.`);
    }
    const streamed = integration.ResponseTransferMode === 'STREAM';
    if (streamed !== integration.Uri?.endsWith('/response-streaming-invocations')) {
      throw new Error(
        'its response transfer mode and its URI disagree: STREAM goes with /response-streaming-invocations, and only with it.',
      );
    }
    const handler = context.world.functions.get(functionArn);
    const timeoutMs = integration.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS;
    if (handler && handler.definition.timeoutMs < timeoutMs) {
      throw new Error(`it waits ${timeoutMs} ms for a function that is ended after ${handler.definition.timeoutMs} ms.`);
    }
    apiOf(properties, context).addMethod({
      httpMethod: String(properties.HttpMethod),
      authorizationType: String(properties.AuthorizationType ?? 'NONE'),
      functionArn,
      streamed,
      timeoutMs,
      resourceId: String(properties.ResourceId),
    });
    return { ref: shortId(context), attributes: {} };
  },
  'AWS::ApiGateway::GatewayResponse': (properties, context) => {
    const parameters = Object.entries((properties.ResponseParameters ?? {}) as Record<string, string>);
    apiOf(properties, context).gatewayResponses.set(String(properties.ResponseType), {
      statusCode: properties.StatusCode === undefined ? undefined : Number(properties.StatusCode),
      headers: Object.fromEntries(parameters.map(([name, value]) => [name.replace(HEADER_PREFIX, ''), value])),
      template: (properties.ResponseTemplates as Record<string, string> | undefined)?.['application/json'],
    });
    return { ref: shortId(context), attributes: {} };
  },
  'AWS::ApiGateway::Deployment': (_properties, context) => ({ ref: shortId(context), attributes: { DeploymentId: shortId(context) } }),
  'AWS::ApiGateway::Stage': (properties, context) => {
    const name = String(properties.StageName);
    const settings = ((properties.MethodSettings ?? []) as MethodSetting[]).find(
      ({ HttpMethod, ResourcePath }) => HttpMethod === '*' && ResourcePath === '/*',
    );
    apiOf(properties, context).stages.set(name, {
      name,
      requestsPerSecond: settings?.ThrottlingRateLimit,
      burst: settings?.ThrottlingBurstLimit,
    });
    return { ref: name, attributes: {} };
  },
  // The role through which API Gateway writes logs; here the emulator writes them itself.
  'AWS::ApiGateway::Account': (_properties, context) => ({ ref: physicalName(context), attributes: {} }),
};

function apiOf(properties: Record<string, unknown>, { world }: ResourceContext): RestApi {
  const api = world.apis.get(String(properties.RestApiId));
  if (!api) throw new Error(`its API ${String(properties.RestApiId)} is not in the templates.`);
  return api;
}

/** Ten characters, as API Gateway's ids have, and the same at every start. */
function shortId(context: ResourceContext): string {
  return createHash('sha256')
    .update(physicalName(context))
    .digest('base64url')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 10);
}
