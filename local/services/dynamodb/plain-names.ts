import type { Body } from './engine';
import { validationError } from './errors';
import type { TableCatalog, TableReference } from './table';

/** A request whose tables go by their names, as dynalite knows them. */
export interface PlainRequest {
  readonly body: Body;
  /** The table that a name in `body` stands for. */
  readonly resolve: (name: string) => TableReference;
  /** Puts the names as the caller gave them into the answer of a batch. */
  readonly restore: (answer: Body) => Body;
}

/** Puts names in place of ARNs. Throws ServiceError when a batch names one table twice. */
export function withPlainNames(body: Body, catalog: TableCatalog): PlainRequest {
  const references = new Map<string, TableReference>();
  const given = new Map<string, string>();
  const toPlain = (nameOrArn: string): string => {
    const reference = catalog.resolve(nameOrArn);
    if (given.has(reference.name)) throw validationError(`The request names the table ${reference.name} twice, as a name and as an ARN.`);
    references.set(reference.name, reference);
    given.set(reference.name, nameOrArn);
    return reference.name;
  };
  const { TableName: tableName, RequestItems: items } = body;
  return {
    body: {
      ...body,
      ...(typeof tableName === 'string' && { TableName: toPlain(tableName) }),
      ...(isMap(items) && { RequestItems: renameKeys(items, toPlain) }),
    },
    resolve: (name) => references.get(name) ?? catalog.resolve(name),
    restore: (answer) => {
      const byTable = ['Responses', 'UnprocessedKeys', 'UnprocessedItems'].flatMap((member) => {
        const value = answer[member];
        return isMap(value) ? [[member, renameKeys(value, (name) => given.get(name) ?? name)]] : [];
      });
      return { ...answer, ...Object.fromEntries(byTable) };
    },
  };
}

function isMap(value: unknown): value is Body {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function renameKeys(map: Body, rename: (key: string) => string): Body {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [rename(key), value]));
}
