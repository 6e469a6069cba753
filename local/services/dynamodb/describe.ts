import type { Body } from './engine';
import { validationError } from './errors';
import type { TableCatalog, TableDefinition } from './table';

const MAX_LISTED_TABLES = 100;

/** The answer of DescribeTable: dynalite's, with what the template says besides keys and indexes. */
export function describeTable(answer: Body, definition: TableDefinition, catalog: TableCatalog): Body {
  const table = answer.Table as Body & { readonly CreationDateTime: number; readonly GlobalSecondaryIndexes?: readonly Body[] };
  const arn = catalog.arnOf(definition.name);
  return {
    Table: {
      ...table,
      TableArn: arn,
      ...(table.GlobalSecondaryIndexes && {
        GlobalSecondaryIndexes: table.GlobalSecondaryIndexes.map((index) => ({
          ...index,
          IndexArn: `${arn}/index/${String(index.IndexName)}`,
        })),
      }),
      ...(definition.kms && { SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: definition.kms.keyArn } }),
      ...(definition.streamViewType && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: definition.streamViewType },
        LatestStreamLabel: streamLabel(table.CreationDateTime),
        LatestStreamArn: streamArn(arn, table.CreationDateTime),
      }),
    },
  };
}

/** @param createdSeconds since 1970, with fractions */
export function streamArn(tableArn: string, createdSeconds: number): string {
  return `${tableArn}/stream/${streamLabel(createdSeconds)}`;
}

export function describeTimeToLive({ timeToLiveAttribute }: TableDefinition): Body {
  return {
    TimeToLiveDescription: timeToLiveAttribute
      ? { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLiveAttribute }
      : { TimeToLiveStatus: 'DISABLED' },
  };
}

/** Of the tables that are declared now; the store may still hold others from an earlier template. */
export function listTables(members: Body, catalog: TableCatalog): Body {
  const { Limit: limit = MAX_LISTED_TABLES, ExclusiveStartTableName: start = '' } = members;
  if (typeof limit !== 'number' || typeof start !== 'string') throw validationError('Limit is a number, ExclusiveStartTableName a text.');
  const names = catalog.definitions.map(({ name }) => name).toSorted();
  const rest = names.filter((name) => name > start);
  const page = rest.slice(0, limit);
  return { TableNames: page, ...(page.length < rest.length && { LastEvaluatedTableName: page.at(-1) }) };
}

function streamLabel(createdSeconds: number): string {
  return new Date(createdSeconds * 1000).toISOString().replace('Z', '');
}
