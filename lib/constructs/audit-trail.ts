import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export interface AuditTrailProps extends StatefulTableOptions {
  /**
   * How long a record is kept before it expires.
   *
   * @default Duration.days(365)
   */
  readonly retention?: Duration;
}

/** Of intents. */
const INDEX = 'by-tenant-day';

/**
 * The record of every call: what was asked of which model by whom, and what came of it. Append-only by permission: `grantInsert` gives
 * PartiQL's INSERT, which fails on an existing key, and no other write.
 */
export class AuditTrail extends Construct {
  readonly table: dynamodb.ITableV2;
  readonly retention: Duration;
  private readonly store: StatefulTable;

  constructor(scope: Construct, id: string, props: AuditTrailProps = {}) {
    super(scope, id);
    this.retention = props.retention ?? Duration.days(365);
    this.store = new StatefulTable(this, 'Table', {
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
      deletionProtection: props.deletionProtection,
      timeToLiveAttribute: 'expires_at',
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        {
          indexName: INDEX,
          partitionKey: { name: 'tenant_day', type: dynamodb.AttributeType.STRING },
          sortKey: { name: 'created_at', type: dynamodb.AttributeType.NUMBER },
        },
      ],
    });
    this.table = this.store.table;
  }

  /** May add records; may not change, replace or delete one. */
  grantInsert(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:PartiQLInsert');
  }

  /** Of the table's stream. */
  get streamArn(): string {
    return this.store.table.tableStreamArn as string;
  }

  /** May read the stream: each record that is added, changed or deleted, for a day. */
  grantReadStream(grantee: iam.IGrantable): iam.Grant {
    return this.store.grantStream(
      grantee,
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    );
  }

  /** May read all records. */
  grantReadAll(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:BatchGetItem', 'dynamodb:Scan');
  }

  /** May find the calls of a tenant and day, and see whether they are settled. */
  grantFindCalls(grantee: iam.IGrantable): iam.Grant {
    return this.store.grantQueryIndex(grantee, INDEX).combine(this.store.grant(grantee, 'dynamodb:BatchGetItem'));
  }

  /** May read the records of a call whose id it knows. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:Query');
  }
}
