import * as path from 'node:path';
import { CreateTableCommand, DuplicateItemException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type StoreServer, storeContract, storeTables } from '../contract/store';
import { jarsOf } from './support/jars';
import { JavaServer } from './support/java-server';

const MAIN = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';

/** DynamoDB Local, AWS's own, in memory. */
async function start(): Promise<StoreServer> {
  const jars = await jarsOf(path.join(__dirname, 'dynamodb-local/pom.xml'));
  const server = await JavaServer.start((port) => [
    `-Djava.library.path=${jars}`,
    '-cp',
    path.join(jars, '*'),
    MAIN,
    '-inMemory',
    '-disableTelemetry',
    '-port',
    String(port),
  ]);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new DynamoDBClient({ region: 'eu-west-1', endpoint: server.url, credentials, maxAttempts: 1 });
  nameDuplicatesAsAws(client);
  for (const { name, keySchema, attributeDefinitions, globalSecondaryIndexes } of storeTables) {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keySchema,
        AttributeDefinitions: attributeDefinitions,
        GlobalSecondaryIndexes: globalSecondaryIndexes,
      }),
    );
  }
  return {
    client,
    url: server.url,
    stop: async () => {
      client.destroy();
      await server.stop();
    },
  };
}

/** DynamoDB Local calls `DuplicateItem` what DynamoDB and its model call `DuplicateItemException`. */
function nameDuplicatesAsAws(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: Error & { readonly $metadata?: object }) => {
        if (error.name !== 'DuplicateItem') throw error;
        throw new DuplicateItemException({ message: error.message, $metadata: error.$metadata ?? {} });
      }),
    { step: 'initialize' },
  );
}

storeContract(start);
