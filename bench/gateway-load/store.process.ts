import { hashKey, KEY_PREFIX } from '../../lambdas/core/keys';
import { toKeyItem } from '../../lambdas/core/key-item';
import { ServiceError } from '../../local/service';
import { DynamoDbService, type TableDefinition } from '../../local/services/dynamodb';
import { parseStatement } from '../../local/services/dynamodb/partiql';
import { BENCH_KEY } from './constants';
import { createInstantServer, httpResponse } from './instant-server';
import { announce } from './processes';

/**
 * DynamoDB's wire for the server: `stand-in` reads each request as DynamoDB would and answers at once, keeping nothing but the number of
 * items; `embedded` is the emulator's store, in the directory that follows. `argv`: `stand-in`, or `embedded` and a directory.
 */

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const keyItem = toKeyItem(hashKey(BENCH_KEY), { keyId: 'key_bench', tenant: 'bench', name: 'bench', createdAt: 0 });

interface Answered {
  readonly status: number;
  readonly body: Uint8Array | string;
}

type Answer = (operation: string, body: string) => Promise<Answered> | Answered;

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
  /** By statement: there are a few, each with parameters of its own. */
  const tables = new Map<string, string>();

  function tableOf({ Statement, Parameters }: Statements['Statements'][number]): string {
    const table = tables.get(Statement) ?? parseStatement(Statement, Parameters).table;
    tables.set(Statement, table);
    return table;
  }

  return (operation, body) => {
    if (operation === 'BatchGetItem') return { status: 200, body: JSON.stringify(read(JSON.parse(body) as Reads)) };
    const { Statements } = JSON.parse(body) as Statements;
    return { status: 200, body: JSON.stringify({ Responses: Statements.map((statement) => ({ TableName: tableOf(statement) })) }) };
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
  await service.createTable({ name: 'Ledger', ...keys });
  const run = (operation: string, body: string) =>
    service
      .operation({
        signingName: 'dynamodb',
        region: REGION,
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: { 'x-amz-target': `DynamoDB_20120810.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
        body: Buffer.from(body),
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
  await run('PutItem', JSON.stringify({ TableName: 'Registry', Item: keyItem }));
  return async (operation, body) => {
    const { status, body: answer } = await run(operation, body).catch((error: unknown) => {
      if (error instanceof ServiceError) return service.errorResponse(error);
      throw error;
    });
    return { status, body: answer as Uint8Array };
  };
}

async function main(): Promise<void> {
  const answer = process.argv[2] === 'embedded' ? await embedded(process.argv[3] as string) : standIn();
  const server = createInstantServer(({ head, body }) => {
    const operation = /^x-amz-target: *\w+\.(\w+)/im.exec(head)?.[1] ?? '';
    const answered = answer(operation, body);
    return answered instanceof Promise ? answered.then(responseOf) : responseOf(answered);
  });
  announce(server);
}

function responseOf({ status, body }: Answered): Buffer {
  return httpResponse(status, 'application/x-amz-json-1.0', body);
}

void main();
