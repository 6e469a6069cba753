import type { TableDefinition } from '../services/dynamodb';
import { physicalName, type ResourceContext, type ResourceRegistry, type StartedResource } from '../world';

interface Replica {
  readonly Region: string;
  readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
}

/** The parts that AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable have in common. */
interface TableProperties {
  readonly TableName?: string;
  readonly KeySchema: TableDefinition['keySchema'];
  readonly AttributeDefinitions: TableDefinition['attributeDefinitions'];
  readonly GlobalSecondaryIndexes?: TableDefinition['globalSecondaryIndexes'];
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled: boolean };
  readonly StreamSpecification?: { readonly StreamViewType: string };
  readonly SSESpecification?: { readonly KMSMasterKeyId?: string };
  readonly Replicas?: readonly Replica[];
}

export const dynamodbResources: ResourceRegistry = {
  'AWS::DynamoDB::GlobalTable': (properties, context) => {
    const table = properties as unknown as TableProperties;
    const replica = table.Replicas?.find(({ Region }) => Region === context.world.region);
    return createTable(table, replica?.SSESpecification?.KMSMasterKeyId, context);
  },
  'AWS::DynamoDB::Table': (properties, context) => {
    const table = properties as unknown as TableProperties;
    return createTable(table, table.SSESpecification?.KMSMasterKeyId, context);
  },
};

async function createTable(table: TableProperties, keyArn: string | undefined, context: ResourceContext): Promise<StartedResource> {
  const { world } = context;
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
    kms: key && { keyArn: key.arn, keyPolicy: key.policy },
  });
  return { ref: created.name, attributes: { Arn: created.arn, ...(created.streamArn && { StreamArn: created.streamArn }) } };
}
