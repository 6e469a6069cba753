import type { Access, PolicyDocument } from '../../../../../local/iam/types';
import { DynamoDbService, type TableDefinition } from '../../../../../local/services/dynamodb';
import { operationRules } from '../../../../../local/services/dynamodb/access';
import { ACCOUNT, auditTable, counterTable, REGION, wireRequest } from './harness';

const ARN = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table`;
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/k1`;
const keyPolicy: PolicyDocument = {
  Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
};
const resourcePolicy: PolicyDocument = { Statement: { Effect: 'Deny', Principal: '*', Action: 'dynamodb:DeleteItem', Resource: '*' } };
const secret: TableDefinition = { ...auditTable, name: 'Secret', kms: { keyArn: KEY_ARN, keyPolicy }, resourcePolicy };

let service: DynamoDbService;
beforeAll(async () => {
  service = await DynamoDbService.start({ accountId: ACCOUNT, region: REGION });
  for (const table of [auditTable, counterTable, secret]) await service.createTable(table);
});
afterAll(() => service.stop());

const TableName = auditTable.name;
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 's' } });
const accessOf = (operation: string, body: object): readonly Access[] => service.operation(wireRequest(operation, body)).access;
const lookup = { ExpressionAttributeNames: { '#k': 'pk' }, ExpressionAttributeValues: { ':v': { S: 'a' } } };

interface Case {
  readonly body: object;
  readonly access: readonly {
    readonly action: string;
    readonly resource: string;
    readonly leadingKeys?: readonly string[];
    readonly attributes?: readonly string[];
  }[];
}

const table = `${ARN}/${TableName}`;
const cases: Readonly<Record<string, readonly Case[]>> = {
  GetItem: [
    {
      body: { TableName, Key: key('a') },
      access: [{ action: 'dynamodb:GetItem', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk'] }],
    },
    {
      body: { TableName: table, Key: key('a'), ProjectionExpression: 'x.y, z[0]' },
      access: [{ action: 'dynamodb:GetItem', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk', 'x', 'z'] }],
    },
    {
      body: { TableName: 'Counters', Key: { id: { N: '7.0' } } },
      access: [{ action: 'dynamodb:GetItem', resource: `${ARN}/Counters`, leadingKeys: ['7'], attributes: ['id'] }],
    },
    // Checked before it turns out that there is no such table.
    {
      body: { TableName: 'Nowhere', Key: key('a') },
      access: [{ action: 'dynamodb:GetItem', resource: `${ARN}/Nowhere`, attributes: ['pk', 'sk'] }],
    },
    {
      body: { TableName: 'arn:aws:dynamodb:us-east-1:999988887777:table/Audit-Table', Key: key('a') },
      access: [
        { action: 'dynamodb:GetItem', resource: 'arn:aws:dynamodb:us-east-1:999988887777:table/Audit-Table', attributes: ['pk', 'sk'] },
      ],
    },
  ],
  PutItem: [
    {
      body: { TableName, Item: { ...key('a'), n: { N: '1' } }, ConditionExpression: 'attribute_not_exists(m.x)' },
      access: [{ action: 'dynamodb:PutItem', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk', 'n', 'm'] }],
    },
  ],
  UpdateItem: [
    {
      body: {
        TableName,
        Key: key('a'),
        UpdateExpression: 'SET a = if_not_exists(b, :v), c = d + e REMOVE f',
        ExpressionAttributeValues: { ':v': { N: '1' } },
      },
      access: [
        { action: 'dynamodb:UpdateItem', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk', 'a', 'b', 'c', 'd', 'e', 'f'] },
      ],
    },
  ],
  DeleteItem: [
    {
      body: { TableName, Key: key('a') },
      access: [{ action: 'dynamodb:DeleteItem', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk'] }],
    },
  ],
  Query: [
    {
      body: { TableName, KeyConditionExpression: '#k = :v', FilterExpression: 'note = :v', ...lookup },
      access: [{ action: 'dynamodb:Query', resource: table, leadingKeys: ['a'], attributes: ['pk', 'note'] }],
    },
    {
      body: {
        TableName,
        IndexName: 'by-tenant',
        KeyConditionExpression: 'tenant = :v',
        ExpressionAttributeValues: { ':v': { S: 'acme' } },
      },
      access: [{ action: 'dynamodb:Query', resource: `${table}/index/by-tenant`, leadingKeys: ['acme'], attributes: ['tenant'] }],
    },
  ],
  Scan: [
    { body: { TableName }, access: [{ action: 'dynamodb:Scan', resource: table }] },
    { body: { TableName, IndexName: 'by-tenant' }, access: [{ action: 'dynamodb:Scan', resource: `${table}/index/by-tenant` }] },
  ],
  BatchGetItem: [
    {
      body: { RequestItems: { [TableName]: { Keys: [key('a'), key('b')] }, Counters: { Keys: [{ id: { N: '1' } }] } } },
      access: [
        { action: 'dynamodb:BatchGetItem', resource: table, leadingKeys: ['a', 'b'], attributes: ['pk', 'sk'] },
        { action: 'dynamodb:BatchGetItem', resource: `${ARN}/Counters`, leadingKeys: ['1'], attributes: ['id'] },
      ],
    },
  ],
  BatchWriteItem: [
    {
      body: { RequestItems: { [table]: [{ PutRequest: { Item: { ...key('a'), n: { N: '1' } } } }, { DeleteRequest: { Key: key('b') } }] } },
      access: [{ action: 'dynamodb:BatchWriteItem', resource: table, leadingKeys: ['a', 'b'], attributes: ['pk', 'sk', 'n'] }],
    },
  ],
  DescribeTable: [{ body: { TableName }, access: [{ action: 'dynamodb:DescribeTable', resource: table }] }],
  DescribeTimeToLive: [{ body: { TableName }, access: [{ action: 'dynamodb:DescribeTimeToLive', resource: table }] }],
  ListTables: [{ body: {}, access: [{ action: 'dynamodb:ListTables', resource: `${ARN}/*` }] }],
  ExecuteStatement: [
    {
      body: { Statement: `INSERT INTO "${TableName}" VALUE {'pk': ?, 'sk': 's', 'n': 1}`, Parameters: [{ S: 'a' }] },
      access: [{ action: 'dynamodb:PartiQLInsert', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk', 'n'] }],
    },
    {
      body: { Statement: `SELECT * FROM "${TableName}"."by-tenant"` },
      access: [{ action: 'dynamodb:PartiQLSelect', resource: `${table}/index/by-tenant` }],
    },
    { body: { Statement: 'UPDATE Counters SET a = 1' }, access: [{ action: 'dynamodb:PartiQLUpdate', resource: `${ARN}/Counters` }] },
    { body: { Statement: 'DELETE FROM Counters' }, access: [{ action: 'dynamodb:PartiQLDelete', resource: `${ARN}/Counters` }] },
    { body: { Statement: 'EXISTS(SELECT * FROM Counters)' }, access: [{ action: 'dynamodb:PartiQLSelect', resource: `${ARN}/Counters` }] },
  ],
  BatchExecuteStatement: [
    {
      body: {
        Statements: [
          { Statement: `INSERT INTO "${TableName}" VALUE {'pk': 'a', 'sk': 's'}` },
          { Statement: 'DELETE FROM Counters' },
          { Statement: 'nonsense' },
        ],
      },
      access: [
        { action: 'dynamodb:PartiQLInsert', resource: table, leadingKeys: ['a'], attributes: ['pk', 'sk'] },
        { action: 'dynamodb:PartiQLDelete', resource: `${ARN}/Counters` },
      ],
    },
  ],
};

test.each(Object.entries(cases).flatMap(([operation, list]) => list.map((one) => [operation, one] as const)))(
  '%s needs %j',
  (operation, { body, access }) => {
    const expected = access.map(({ leadingKeys, attributes, ...rest }) => ({
      ...rest,
      context: { ...(leadingKeys && { 'dynamodb:LeadingKeys': leadingKeys }), ...(attributes && { 'dynamodb:Attributes': attributes }) },
    }));
    expect(accessOf(operation, body)).toEqual(expected);
  },
);

test('every operation is in the table above', () => {
  expect(Object.keys(cases).toSorted()).toEqual([...Object.keys(operationRules), 'ExecuteStatement', 'BatchExecuteStatement'].toSorted());
});

test('what the caller asks to be returned is in the context', () => {
  const [put] = accessOf('PutItem', { TableName, Item: key('a'), ReturnValues: 'ALL_OLD', ReturnConsumedCapacity: 'TOTAL' });
  expect(put?.context).toMatchObject({ 'dynamodb:ReturnValues': 'ALL_OLD', 'dynamodb:ReturnConsumedCapacity': 'TOTAL' });
  const [query] = accessOf('Query', { TableName, KeyConditionExpression: '#k = :v', Select: 'COUNT', ...lookup });
  expect(query?.context).toMatchObject({ 'dynamodb:Select': 'COUNT' });
});

describe('a table with a customer key and a policy of its own', () => {
  const onKey: Access = {
    action: 'kms:Decrypt',
    resource: KEY_ARN,
    resourcePolicy: keyPolicy,
    resourcePolicyIsRoot: true,
    context: {
      'kms:ViaService': `dynamodb.${REGION}.amazonaws.com`,
      'kms:CallerAccount': ACCOUNT,
      'kms:EncryptionContext:aws:dynamodb:tableName': 'Secret',
      'kms:EncryptionContext:aws:dynamodb:subscriberId': ACCOUNT,
    },
  };
  const insert = { Statement: `INSERT INTO Secret VALUE {'pk': 'a', 'sk': 's'}` };

  test.each<[string, object]>([
    ['GetItem', { TableName: 'Secret', Key: key('a') }],
    ['PutItem', { TableName: 'Secret', Item: key('a') }],
    ['UpdateItem', { TableName: 'Secret', Key: key('a') }],
    ['DeleteItem', { TableName: 'Secret', Key: key('a') }],
    ['Query', { TableName: 'Secret', KeyConditionExpression: '#k = :v', ...lookup }],
    ['Query', { TableName: 'Secret', IndexName: 'by-tenant', KeyConditionExpression: '#k = :v', ...lookup }],
    ['Scan', { TableName: 'Secret' }],
    ['BatchGetItem', { RequestItems: { Secret: { Keys: [key('a'), key('b')] } } }],
    ['BatchWriteItem', { RequestItems: { Secret: [{ PutRequest: { Item: key('a') } }] } }],
    ['ExecuteStatement', insert],
    ['BatchExecuteStatement', { Statements: [insert] }],
  ])('%s needs the key too, once', (operation, body) => {
    const access = accessOf(operation, body);
    expect(access).toHaveLength(2);
    expect(access[0]).toMatchObject({ resourcePolicy });
    expect(access[1]).toEqual(onKey);
  });

  test.each<[string, object]>([
    ['DescribeTable', { TableName: 'Secret' }],
    ['DescribeTimeToLive', { TableName: 'Secret' }],
    ['ListTables', {}],
  ])('%s does not need the key', (operation, body) => {
    expect(accessOf(operation, body).map(({ action }) => action)).toEqual([`dynamodb:${operation}`]);
  });

  test('two inserts of a batch need the key once', () => {
    expect(accessOf('BatchExecuteStatement', { Statements: [insert, insert] }).map(({ action }) => action)).toEqual([
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLInsert',
      'kms:Decrypt',
    ]);
  });
});
