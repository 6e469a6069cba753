import type { PolicyDocument } from '../../iam/types';
import { partitionOf } from '../partition';

export interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: string;
}

export interface SecondaryIndex {
  readonly IndexName: string;
  readonly KeySchema: readonly KeySchemaElement[];
  readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
}

/** A table as its template declares it, with CloudFormation's own shapes and all references resolved. Billed per request. */
export interface TableDefinition {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributeDefinitions: readonly AttributeDefinition[];
  readonly globalSecondaryIndexes?: readonly SecondaryIndex[];
  readonly timeToLiveAttribute?: string;
  /** The customer's key that encrypts the table: each data operation needs `kms:Decrypt` on it. */
  readonly kms?: { readonly keyArn: string; readonly keyPolicy: PolicyDocument };
  readonly streamViewType?: string;
  readonly resourcePolicy?: PolicyDocument;
}

/** A table as a request names it; `definition` is undefined where no such table is declared here. */
export interface TableReference {
  /** Without account and region. */
  readonly name: string;
  readonly arn: string;
  readonly definition: TableDefinition | undefined;
}

/** The tables that are declared in this account and region. */
export class TableCatalog {
  readonly #definitions = new Map<string, TableDefinition>();

  constructor(
    readonly accountId: string,
    readonly region: string,
  ) {}

  add(definition: TableDefinition): void {
    this.#definitions.set(definition.name, definition);
  }

  get definitions(): readonly TableDefinition[] {
    return [...this.#definitions.values()];
  }

  /** ARN of a table here, or of all of them with `*`. */
  arnOf(name: string): string {
    return `arn:${partitionOf(this.region)}:dynamodb:${this.region}:${this.accountId}:table/${name}`;
  }

  /** Finds a table by its name or its ARN, as every operation takes both. */
  resolve(nameOrArn: string): TableReference {
    const [, , service, , , resource = ''] = nameOrArn.split(':');
    if (!nameOrArn.startsWith('arn:') || service !== 'dynamodb' || !resource.startsWith('table/')) {
      return { name: nameOrArn, arn: this.arnOf(nameOrArn), definition: this.#definitions.get(nameOrArn) };
    }
    const name = resource.slice('table/'.length);
    const isHere = nameOrArn === this.arnOf(name);
    return { name, arn: nameOrArn, definition: isHere ? this.#definitions.get(name) : undefined };
  }
}

/** The attribute that partitions the table or, with a name, one of its indexes; undefined for an unknown index. */
export function partitionKeyOf(definition: TableDefinition, indexName?: string): string | undefined {
  const schema =
    indexName === undefined
      ? definition.keySchema
      : definition.globalSecondaryIndexes?.find((index) => index.IndexName === indexName)?.KeySchema;
  return schema?.find((element) => element.KeyType === 'HASH')?.AttributeName;
}

/** What cannot be changed without losing the items: keys, their types, and indexes. One line, equal for equal tables. */
export function describeSchema(definition: Pick<TableDefinition, 'keySchema' | 'attributeDefinitions' | 'globalSecondaryIndexes'>): string {
  const typeOf = (name: string) => definition.attributeDefinitions.find((attribute) => attribute.AttributeName === name)?.AttributeType;
  const keys = (schema: readonly KeySchemaElement[]) =>
    schema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType} ${typeOf(AttributeName)}`).join(', ');
  const indexes = (definition.globalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => {
    const attributes = (Projection.NonKeyAttributes ?? []).toSorted().join(' ');
    return `${IndexName} (${keys(KeySchema)}; ${Projection.ProjectionType}${attributes && ` ${attributes}`})`;
  });
  return `key (${keys(definition.keySchema)})${indexes.length === 0 ? '' : ` and indexes ${indexes.toSorted().join(', ')}`}`;
}
