import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { hashKey, KEY_PREFIX } from '../../lambdas/core/keys';
import { toKeyItem } from '../../lambdas/core/key-item';
import { DynamoDbService, type TableDefinition } from '../../local/services/dynamodb';
import { parseStatement } from '../../local/services/dynamodb/partiql';
import { BENCH_KEY } from './constants';
import { announce } from './processes';

/**
 * DynamoDB's wire for the server: `stand-in` reads each request as DynamoDB would and answers at once, keeping nothing but the number of
 * items; `embedded` is the emulator's store, in the directory that follows. `argv`: `stand-in`, or `embedded` and a directory.
 */

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const keyItem = toKeyItem(hashKey(BENCH_KEY), { keyId: 'key_bench', tenant: 'bench', name: 'bench', createdAt: 0 });

type Answer = (operation: string, body: Buffer) => Promise<Uint8Array | string> | string;

interface Statements {
  readonly Statements: readonly { readonly Statement: string; readonly Parameters: never[] }[];
}

interface Reads {
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly { readonly pk: { readonly S: string } }[] }>>;
}

/** Of the tenant nothing is said: it has no limits. */
function read({ RequestItems }: Reads) {
  const Responses = Object.entries(RequestItems).map(([table, { Keys }]) => [
    table,
    Keys.some(({ pk }) => pk.S.startsWith(KEY_PREFIX)) ? [keyItem] : [],
  ]);
  return { Responses: Object.fromEntries(Responses) as Record<string, readonly (typeof keyItem)[]>, UnprocessedKeys: {} };
}

function standIn(): Answer {
  return (operation, body) => {
    if (operation === 'BatchGetItem') return JSON.stringify(read(JSON.parse(body.toString()) as Reads));
    const { Statements } = JSON.parse(body.toString()) as Statements;
    const Responses = Statements.map(({ Statement, Parameters }) => ({ TableName: parseStatement(Statement, Parameters).table }));
    return JSON.stringify({ Responses });
  };
}

async function embedded(directory: string): Promise<Answer> {
  const service = await DynamoDbService.start({ accountId: ACCOUNT, region: REGION, directory });
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const keys: Pick<TableDefinition, 'keySchema' | 'attributeDefinitions'> = {
    keySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    attributeDefinitions: [attribute('pk'), attribute('sk')],
  };
  await service.createTable({ name: 'Audit', ...keys });
  await service.createTable({ name: 'Registry', ...keys });
  const run = (operation: string, body: Buffer) =>
    service
      .operation({
        signingName: 'dynamodb',
        region: REGION,
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
        body,
        principal: {
          kind: 'role',
          name: 'bench',
          roleArn: `arn:aws:iam::${ACCOUNT}:role/bench`,
          sessionArn: `arn:aws:sts::${ACCOUNT}:assumed-role/bench/bench`,
          accountId: ACCOUNT,
          identityPolicies: [],
        },
        signal: new AbortController().signal,
      })
      .run();
  await run('PutItem', Buffer.from(JSON.stringify({ TableName: 'Registry', Item: keyItem })));
  return async (operation, body) => (await run(operation, body)).body as Uint8Array;
}

async function main(): Promise<void> {
  const answer = process.argv[2] === 'embedded' ? await embedded(process.argv[3] as string) : standIn();
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const body = await answer(operation, await buffer(request));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(body) }).end(body);
  });
  announce(server);
}

void main();
