import * as z from 'zod';
import { ServiceError } from '../../service';
import { statementActions, type Target } from './access';
import type { AttributeValue, Body, Item } from './engine';
import { notEmulated, tableNotFound, validationError } from './errors';
import { type ParsedStatement, parseStatement } from './partiql';
import { partitionKeyOf, type TableReference } from './table';
import { type ItemStore, writeItems } from './write-item';

const statementInput = z.strictObject({
  Statement: z.string().min(1).max(8192),
  Parameters: z
    .array(
      z.custom<AttributeValue>(
        (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
        'expected an attribute value',
      ),
    )
    .min(1)
    .optional(),
  ConsistentRead: z.boolean().optional(),
  // An insert's only condition is that its key is new, and DuplicateItemException carries no item.
  ReturnValuesOnConditionCheckFailure: z.enum(['ALL_OLD', 'NONE']).optional(),
});

const consumedCapacity = { ReturnConsumedCapacity: z.enum(['INDEXES', 'TOTAL', 'NONE']).optional() };

const executeStatementInput = statementInput.extend({
  ...consumedCapacity,
  Limit: z.int().min(1).optional(),
  NextToken: z.string().optional(),
});

const batchExecuteStatementInput = z.strictObject({ Statements: z.array(statementInput).min(1).max(25), ...consumedCapacity });

/** A statement with the table that it names. In a batch a statement that cannot be read fails by itself. */
export type Statement = (ParsedStatement & { readonly reference: TableReference }) | ServiceError;

export interface StatementsCall {
  readonly statements: readonly Statement[];
  readonly members: Body;
}

type Resolve = (nameOrArn: string) => TableReference;

/** Throws ServiceError for a body or a statement that cannot be read. */
export function readStatement(body: Body, resolve: Resolve): StatementsCall {
  const members = check(executeStatementInput, body);
  const statement = read(members, resolve);
  if (statement instanceof ServiceError) throw statement;
  return { statements: [statement], members };
}

/** Throws ServiceError for a body that cannot be read. */
export function readStatements(body: Body, resolve: Resolve): StatementsCall {
  const members = check(batchExecuteStatementInput, body);
  return { statements: members.Statements.map((statement) => read(statement, resolve)), members };
}

/** What the statements need to be allowed. */
export function statementTargets({
  statements,
}: StatementsCall): readonly (Target & { readonly action: string; readonly touchesItems: boolean })[] {
  return statements.flatMap((statement) => {
    if (statement instanceof ServiceError) return [];
    const { verb, reference: table, indexName, item } = statement;
    return [
      {
        action: statementActions[verb],
        touchesItems: true,
        table,
        indexName,
        ...(item && { items: [item], attributes: Object.keys(item) }),
      },
    ];
  });
}

export async function executeStatement(store: ItemStore, { statements, members }: StatementsCall): Promise<Body> {
  const [inserted] = await Promise.all(statements.map((statement) => insert(store, statement, members.ReturnConsumedCapacity)));
  return { Items: [], ...inserted };
}

/** Statements fail one by one, as in DynamoDB. Rejects with ServiceError when one of them is not emulated. */
export async function batchExecuteStatement(store: ItemStore, { statements, members }: StatementsCall): Promise<Body> {
  for (const statement of statements) assertEmulated(statement);
  const outcomes = await Promise.all(
    statements.map((statement) =>
      insert(store, statement, members.ReturnConsumedCapacity).catch((error: unknown) => statementError(error)),
    ),
  );
  const capacities = outcomes.flatMap((outcome) => ('ConsumedCapacity' in outcome ? [outcome.ConsumedCapacity] : []));
  return {
    Responses: statements.map((statement, index) => ({
      ...(statement instanceof ServiceError ? {} : { TableName: statement.reference.name }),
      ...(outcomes[index] && 'Error' in outcomes[index] ? { Error: outcomes[index].Error } : {}),
    })),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  };
}

/** An insert is a put on condition that the key is new: one step in the engine, so two inserts of a key cannot both succeed. */
async function insert(store: ItemStore, statement: Statement, returnConsumedCapacity: unknown): Promise<Body> {
  if (statement instanceof ServiceError) throw statement;
  const item = assertEmulated(statement);
  const { reference: table } = statement;
  if (!table.definition) throw tableNotFound();
  const request = store.engine.prepare('PutItem', {
    TableName: table.name,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': partitionKeyOf(table.definition) },
    ...(returnConsumedCapacity !== undefined && { ReturnConsumedCapacity: returnConsumedCapacity }),
  });
  return writeItems(store, request, [{ table, items: [request.members.Item as Item] }]).catch((error: unknown) => {
    if (!(error instanceof ServiceError) || error.code !== 'ConditionalCheckFailedException') throw error;
    throw new ServiceError('DuplicateItemException', 'Duplicate primary key exists in table');
  });
}

function assertEmulated(statement: Statement): Item {
  if (statement instanceof ServiceError) return {};
  if (statement.item) return statement.item;
  throw notEmulated(`PartiQL ${statement.verb}`, 'Of PartiQL only INSERT is; use GetItem, Query, UpdateItem or DeleteItem for the rest.');
}

function statementError(error: unknown): { readonly Error: { readonly Code: string; readonly Message: string } } {
  if (!(error instanceof ServiceError)) throw error;
  const code = error.code === 'ValidationException' ? 'ValidationError' : error.code.replace(/Exception$/, '');
  return { Error: { Code: code, Message: error.message } };
}

function read(input: z.infer<typeof statementInput>, resolve: Resolve): Statement {
  try {
    const parsed = parseStatement(input.Statement, input.Parameters ?? []);
    return { ...parsed, reference: resolve(parsed.table) };
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

function check<T>(schema: z.ZodType<T>, body: Body): T & Body {
  const result = schema.safeParse(body);
  if (result.success) return result.data as T & Body;
  const details = result.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw validationError(`${details.length} validation error${details.length > 1 ? 's' : ''} detected: ${details.join('; ')}`);
}
