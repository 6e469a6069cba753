import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Addresses that are told; each confirms its subscription once. @default - none */
  readonly emails?: readonly string[];
}

/**
 * Where alarms go. Its key lets CloudWatch use it: with the key that AWS manages (`alias/aws/sns`), whose policy cannot be changed, an alarm is
 * raised and nobody is told.
 */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;
  readonly encryptionKey: kms.Key;

  constructor(scope: Construct, id: string, props: AlarmTopicProps = {}) {
    super(scope, id);
    const cloudwatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
    this.encryptionKey = new kms.Key(this, 'Key', {
      description: 'Alarms on their way to those who are told',
      enableKeyRotation: true,
      // Nothing is stored under it: a message is gone once it is delivered.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Source: "Encrypting an Amazon SNS topic with a customer managed key: event sources", Amazon SNS developer guide.
    this.encryptionKey.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'CloudWatchAlarms',
        principals: [cloudwatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    this.topic = new sns.Topic(this, 'Resource', { masterKey: this.encryptionKey, enforceSSL: true });
    const stack = Stack.of(this);
    // A topic with a policy of its own has lost the default one, by which alarms of its account may publish.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'CloudWatchAlarms',
        principals: [cloudwatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    for (const email of props.emails ?? []) this.topic.addSubscription(new subscriptions.EmailSubscription(email));
  }
}
