import type { PolicyDocument } from '../iam/types';
import type { Topic } from '../metrics/deliver';
import { physicalName, type ResourceContext, type ResourceRegistry } from '../world';

export const snsResources: ResourceRegistry = {
  'AWS::SNS::Topic': (properties, context) => {
    const { world } = context;
    const name = typeof properties.TopicName === 'string' ? properties.TopicName : physicalName(context);
    const arn = `arn:aws:sns:${world.region}:${world.accountId}:${name}`;
    const keyId = typeof properties.KmsMasterKeyId === 'string' ? properties.KmsMasterKeyId : undefined;
    world.monitoring.topics.set(arn, { arn, keyId, subscriptions: [] });
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  'AWS::SNS::TopicPolicy': (properties, context) => {
    for (const arn of properties.Topics as string[]) topicOf(arn, context).policy = properties.PolicyDocument as PolicyDocument;
    return { ref: physicalName(context), attributes: {} };
  },
  'AWS::SNS::Subscription': (properties, context) => {
    const [protocol, endpoint] = [String(properties.Protocol), String(properties.Endpoint)];
    const topic = topicOf(String(properties.TopicArn), context);
    topic.subscriptions.push({ protocol, endpoint });
    return { ref: `${topic.arn}:${context.logicalId}`, attributes: {} };
  },
};

function topicOf(arn: string, { world }: ResourceContext): Topic {
  const topic = world.monitoring.topics.get(arn);
  if (!topic) throw new Error(`its topic ${arn} is not in the templates.`);
  return topic;
}
