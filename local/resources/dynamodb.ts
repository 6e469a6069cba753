import type { PolicyDocument } from '../iam/types';
import type { TableDefinition } from '../services/dynamodb';
import { physicalName, type ResourceContext, type ResourceRegistry, type StartedResource } from '../world';

interface Replica {
  readonly Region: string;
  readonly ResourcePolicy?: { readonly PolicyDocument: PolicyDocument };
  readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
}

/** The parts that AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable have in common. */
interface TableProperties {
  readonly TableName?: string;
  readonly KeySchema: TableDefinition['keySchema'];
  readonly AttributeDefinitions: TableDefinition['attributeDefinitions'];
  readonly LocalSecondaryIndexes?: readonly unknown[];
  readonly GlobalSecondaryIndexes?: TableDefinition['globalSecondaryIndexes'];
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled: boolean };
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
  readonly ResourcePolicy?: { readonly PolicyDocument: PolicyDocument };
  readonly Replicas?: readonly Replica[];
}

export const dynamodbResources: ResourceRegistry = {
  'AWS::DynamoDB::GlobalTable': (properties, context) => {
    const table = properties as unknown as TableProperties;
    const replica = table.Replicas?.find(({ Region }) => Region === context.world.region);
    return createTable(table, replica ?? {}, context);
  },
  'AWS::DynamoDB::Table': (properties, context) => {
    const table = properties as unknown as TableProperties;
    return createTable(table, table, context);
  },
};

/** `regional` is where a table has what differs by region: a global table in its replica, any other in itself. */
async function createTable(
  table: TableProperties,
  regional: Pick<Replica, 'SSESpecification' | 'ResourcePolicy'>,
  context: ResourceContext,
): Promise<StartedResource> {
  const { world } = context;
  if (table.LocalSecondaryIndexes?.length) throw new Error('it has local secondary indexes, which are not emulated.');
  const keyArn = regional.SSESpecification?.KMSMasterKeyId;
  const key = keyArn === undefined ? undefined : world.keys.get(keyArn);
  if (keyArn !== undefined && !key) throw new Error(`its key ${keyArn} is not in the templates.`);
  const ttl = table.TimeToLiveSpecification;
  const created = await world.dynamodb.createTable({
    name: table.TableName ?? physicalName(context),
    keySchema: table.KeySchema,
    attributeDefinitions: table.AttributeDefinitions,
    globalSecondaryIndexes: table.GlobalSecondaryIndexes,
    timeToLiveAttribute: ttl?.Enabled ? ttl.AttributeName : undefined,
    streamViewType: table.StreamSpecification?.StreamViewType,
    resourcePolicy: regional.ResourcePolicy?.PolicyDocument,
    kms: key && { keyArn: key.arn, keyPolicy: key.policy },
  });
  return { ref: created.name, attributes: { Arn: created.arn, ...(created.streamArn && { StreamArn: created.streamArn }) } };
}
