import type { Access, ConditionContext } from '../../iam/types';
import { type Body, type EngineRequest, type Item, storageKeyOf } from './engine';
import { partitionKeyOf, type TableCatalog, type TableReference } from './table';

/** One resource that an operation touches, with what the condition keys say of it. */
export interface Target {
  readonly table: TableReference;
  readonly indexName?: string;
  /** Items that are named by their keys, or whole; only their key attributes are read. */
  readonly items?: readonly Item[];
  /** Values of the partition key where the items are not named one by one, as in a query. */
  readonly leadingKeys?: readonly string[];
  /** Top-level attributes that the request names. */
  readonly attributes?: readonly string[];
}

type FindTargets = (members: Body, resolve: (name: string) => TableReference) => readonly Target[];

interface Rule {
  /** What IAM checks, on each target. */
  readonly action: string;
  readonly targets: FindTargets;
  /** Whether items are read or written, so that a table with a customer key needs the key too. */
  readonly touchesItems: boolean;
}

const onTable: FindTargets = (members, resolve) => [{ table: resolve(String(members.TableName)) }];
const onItem: FindTargets = (members, resolve) => {
  const item = (members.Key ?? members.Item) as Item;
  return [{ table: resolve(String(members.TableName)), items: [item], attributes: namedAttributes(members) }];
};
const onQuery: FindTargets = (members, resolve) => {
  const table = resolve(String(members.TableName));
  const indexName = members.IndexName as string | undefined;
  return [{ table, indexName, leadingKeys: queriedKeys(members, table, indexName), attributes: namedAttributes(members) }];
};
const onEachTableRead: FindTargets = (members, resolve) =>
  Object.entries(members.RequestItems as Record<string, Body>).map(([name, request]) => {
    const items = request.Keys as readonly Item[];
    return { table: resolve(name), items, attributes: [...namedAttributes(request), ...items.flatMap(Object.keys)] };
  });
const onEachTableWritten: FindTargets = (members, resolve) =>
  Object.entries(members.RequestItems as Record<string, readonly BatchWrite[]>).map(([name, writes]) => {
    const items = writes
      .map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
      .filter((item) => item !== undefined);
    return { table: resolve(name), items, attributes: items.flatMap(Object.keys) };
  });
const onAllTables: FindTargets = (_members, resolve) => [{ table: resolve('*') }];

/** What each operation needs, but for PartiQL's, whose statements say it: see `statementActions`. */
export const operationRules = {
  GetItem: { action: 'dynamodb:GetItem', targets: onItem, touchesItems: true },
  PutItem: { action: 'dynamodb:PutItem', targets: onItem, touchesItems: true },
  UpdateItem: { action: 'dynamodb:UpdateItem', targets: onItem, touchesItems: true },
  DeleteItem: { action: 'dynamodb:DeleteItem', targets: onItem, touchesItems: true },
  Query: { action: 'dynamodb:Query', targets: onQuery, touchesItems: true },
  Scan: { action: 'dynamodb:Scan', targets: onQuery, touchesItems: true },
  BatchGetItem: { action: 'dynamodb:BatchGetItem', targets: onEachTableRead, touchesItems: true },
  BatchWriteItem: { action: 'dynamodb:BatchWriteItem', targets: onEachTableWritten, touchesItems: true },
  DescribeTable: { action: 'dynamodb:DescribeTable', targets: onTable, touchesItems: false },
  DescribeTimeToLive: { action: 'dynamodb:DescribeTimeToLive', targets: onTable, touchesItems: false },
  ListTables: { action: 'dynamodb:ListTables', targets: onAllTables, touchesItems: false },
} as const satisfies Readonly<Record<string, Rule>>;

export type RuledOperation = keyof typeof operationRules;

/** What a PartiQL statement needs, by its verb. */
export const statementActions = {
  INSERT: 'dynamodb:PartiQLInsert',
  SELECT: 'dynamodb:PartiQLSelect',
  UPDATE: 'dynamodb:PartiQLUpdate',
  DELETE: 'dynamodb:PartiQLDelete',
  EXISTS: 'dynamodb:PartiQLSelect',
} as const;

/** The targets of a prepared request. */
export function targetsOf(
  operation: RuledOperation,
  { members }: EngineRequest,
  resolve: (name: string) => TableReference,
): readonly Target[] {
  return operationRules[operation].targets(members, resolve);
}

/** Everything that must be allowed for the action on the targets: the action itself and, on items of a table with a customer key, that key. */
export function accessTo(
  targets: readonly (Target & { readonly action: string; readonly touchesItems: boolean })[],
  request: { readonly members: Body; readonly callerAccountId: string; readonly catalog: TableCatalog },
): readonly Access[] {
  const own = targets.map((target): Access => {
    const { action, table, indexName } = target;
    return {
      action,
      resource: indexName === undefined ? table.arn : `${table.arn}/index/${indexName}`,
      context: contextOf(target, request.members),
      ...(table.definition?.resourcePolicy && { resourcePolicy: table.definition.resourcePolicy }),
    };
  });
  const encrypted = new Map(targets.filter(({ touchesItems }) => touchesItems).map(({ table }) => [table.arn, table]));
  return [...own, ...[...encrypted.values()].flatMap((table) => keyAccess(table, request.callerAccountId, request.catalog))];
}

interface BatchWrite {
  readonly PutRequest?: { readonly Item: Item };
  readonly DeleteRequest?: { readonly Key: Item };
}

/** What a table with a customer key asks of whoever reads or writes its items. */
export function keyAccess({ name, definition }: TableReference, callerAccountId: string, catalog: TableCatalog): readonly Access[] {
  if (!definition?.kms) return [];
  return [
    {
      action: 'kms:Decrypt',
      resource: definition.kms.keyArn,
      resourcePolicy: definition.kms.keyPolicy,
      resourcePolicyIsRoot: true,
      context: {
        'kms:ViaService': `dynamodb.${catalog.region}.amazonaws.com`,
        'kms:CallerAccount': callerAccountId,
        'kms:EncryptionContext:aws:dynamodb:tableName': name,
        'kms:EncryptionContext:aws:dynamodb:subscriberId': catalog.accountId,
      },
    },
  ];
}

function contextOf(target: Target, members: Body): ConditionContext {
  const leadingKeys = target.leadingKeys ?? leadingKeysOf(target);
  const attributes = [...new Set(target.attributes)];
  return {
    ...(leadingKeys.length > 0 && { 'dynamodb:LeadingKeys': leadingKeys }),
    ...(attributes.length > 0 && { 'dynamodb:Attributes': attributes }),
    ...(typeof members.Select === 'string' && { 'dynamodb:Select': members.Select }),
    ...(typeof members.ReturnValues === 'string' && { 'dynamodb:ReturnValues': members.ReturnValues }),
    ...(typeof members.ReturnConsumedCapacity === 'string' && { 'dynamodb:ReturnConsumedCapacity': members.ReturnConsumedCapacity }),
  };
}

function leadingKeysOf({ table, items = [] }: Target): readonly string[] {
  if (!table.definition) return [];
  const attribute = partitionKeyOf(table.definition) ?? '';
  return [...new Set(items.flatMap((item) => scalars(item[attribute])))];
}

function queriedKeys(members: Body, { definition }: TableReference, indexName: string | undefined): readonly string[] {
  const attribute = definition && partitionKeyOf(definition, indexName);
  const conditions = members.KeyConditions as Record<string, { readonly AttributeValueList: readonly Item[string][] }> | undefined;
  return attribute === undefined ? [] : (conditions?.[attribute]?.AttributeValueList ?? []).flatMap(scalars);
}

function scalars(value: Item[string] | undefined): readonly string[] {
  return Object.values(value ?? {}).filter((scalar) => typeof scalar === 'string');
}

/** Members that map attribute names, and the places where dynalite keeps parsed expressions. */
function namedAttributes(members: Body): readonly string[] {
  const maps = [
    members.Key,
    members.Item,
    members.Expected,
    members.AttributeUpdates,
    members.QueryFilter,
    members.ScanFilter,
    members.KeyConditions,
  ];
  const expressions = [members._condition, members._filter, members._keyCondition] as readonly (
    | { readonly pathHeads: object }
    | undefined
  )[];
  const projection = members._projection as { readonly paths: readonly Path[] } | undefined;
  const updates = members._updates as { readonly sections: readonly UpdateSection[] } | undefined;
  return [
    ...maps.flatMap((map) => Object.keys(map ?? {})),
    ...expressions.flatMap((expression) => Object.keys(expression?.pathHeads ?? {})),
    ...((members.AttributesToGet as readonly string[] | undefined) ?? []),
    ...(projection?.paths ?? []).map(([head]) => head),
    ...(updates?.sections ?? []).flatMap((section) => [section.path[0], ...operandHeads(section.val)]),
  ];
}

/** Attribute first, then map keys and list indexes. */
type Path = readonly [string, ...(string | number)[]];

interface UpdateSection {
  readonly path: Path;
  readonly val?: UpdateOperand;
}

/** A path, an operator or function with operands, or a literal value. */
type UpdateOperand = Path | { readonly args?: readonly UpdateOperand[] };

function operandHeads(operand: UpdateOperand | undefined): readonly string[] {
  if (operand === undefined) return [];
  if (isPath(operand)) return [operand[0]];
  return Array.isArray(operand.args) ? operand.args.flatMap(operandHeads) : [];
}

function isPath(operand: UpdateOperand): operand is Path {
  return Array.isArray(operand);
}

/** The storage keys of all items that the targets name, for locking. */
export function lockKeysOf(targets: readonly Target[]): readonly string[] {
  const keys = targets.flatMap(({ table, items = [] }) =>
    items.flatMap((item) => {
      const key = table.definition && storageKeyOf(table.definition, item);
      return key === undefined ? [] : [`${table.name}/${key}`];
    }),
  );
  return [...new Set(keys)];
}
