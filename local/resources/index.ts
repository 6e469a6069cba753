import type { ResourceRegistry, StartedResource } from '../world';
import { aossResources } from './aoss';
import { apiGatewayResources } from './apigateway';
import { bedrockResources } from './bedrock';
import { cloudwatchResources } from './cloudwatch';
import { dynamodbResources } from './dynamodb';
import { eventSourceMappingResources } from './event-source-mapping';
import { eventsResources } from './events';
import { iamResources } from './iam';
import { kmsResources } from './kms';
import { lambdaResources } from './lambda';
import { logsResources } from './logs';
import { s3Resources } from './s3';
import { schedulerResources } from './scheduler';
import { secretsManagerResources } from './secrets-manager';
import { snsResources } from './sns';
import { sqsResources } from './sqs';
import { physicalName } from '../world';

/** Started as a name alone: in AWS too, these do nothing while a request is served. */
const nameOnly = (properties: Record<string, unknown>, context: Parameters<typeof physicalName>[0]): StartedResource => ({
  ref: physicalName(context),
  attributes: {},
});

/** Every resource type that the emulator starts. A type that is not here is named at boot, and never faked. */
export const resources: ResourceRegistry = {
  ...aossResources,
  ...apiGatewayResources,
  ...bedrockResources,
  ...cloudwatchResources,
  ...dynamodbResources,
  ...eventSourceMappingResources,
  ...eventsResources,
  ...iamResources,
  ...kmsResources,
  ...lambdaResources,
  ...logsResources,
  ...s3Resources,
  ...schedulerResources,
  ...secretsManagerResources,
  ...snsResources,
  ...sqsResources,
  'AWS::CDK::Metadata': nameOnly,
  'AWS::SSM::Parameter': (properties, { world, logicalId }) => {
    const name = String(properties.Name ?? logicalId);
    world.ssm.putParameter(name, String(properties.Value));
    return { ref: name, attributes: { Type: properties.Type, Value: properties.Value } };
  },
};
