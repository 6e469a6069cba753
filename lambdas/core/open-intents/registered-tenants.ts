import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { storeError } from '../store-error';

/**
 * Tenants that anything in the registry belongs to: a key, a role, a team, or their own item. Nobody else can have made a call. Reads the whole table,
 * which is small. Action needed: dynamodb:Scan.
 *
 * @throws GatewayError `store_unavailable` or `internal_error`
 */
export async function registeredTenants(client: DynamoDBClient, table: string): Promise<ReadonlySet<string>> {
  const tenants = new Set<string>();
  const scan = {
    TableName: table,
    ConsistentRead: true,
    ProjectionExpression: 'tenant',
    FilterExpression: 'attribute_exists(tenant)',
  };
  try {
    for await (const { Items = [] } of paginateScan({ client }, scan)) {
      for (const { tenant } of Items) if (tenant?.S !== undefined) tenants.add(tenant.S);
    }
  } catch (cause) {
    throw storeError(cause);
  }
  return tenants;
}
