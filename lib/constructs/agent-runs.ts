import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export interface AgentRunsProps extends StatefulTableOptions {
  /**
   * How long it is known what an agent has decided and done: an event that comes again after that is worked on again.
   *
   * @default Duration.days(365)
   */
  readonly retention?: Duration;
}

const LIST_INDEX = 'by-list';

/** What agents have decided, what of it is done, what waits for people, and what was right: the training store. */
export class AgentRuns extends Construct {
  readonly table: dynamodb.ITableV2;
  readonly retention: Duration;
  private readonly store: StatefulTable;

  constructor(scope: Construct, id: string, props: AgentRunsProps = {}) {
    super(scope, id);
    this.retention = props.retention ?? Duration.days(365);
    this.store = new StatefulTable(this, 'Table', {
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
      deletionProtection: props.deletionProtection,
      timeToLiveAttribute: 'expires_at',
      globalSecondaryIndexes: [
        {
          indexName: LIST_INDEX,
          partitionKey: { name: 'list', type: dynamodb.AttributeType.STRING },
          sortKey: { name: 'created_at', type: dynamodb.AttributeType.NUMBER },
        },
      ],
    });
    this.table = this.store.table;
  }

  /** May keep decisions, effects, cases and failures: what an agent does. */
  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
  }

  /** May list, claim and resolve cases. */
  grantReview(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:UpdateItem').combine(this.store.grantQueryIndex(grantee, LIST_INDEX));
  }

  /** May find cases whose time is over, and deny them. */
  grantSweepReviews(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:UpdateItem').combine(this.store.grantQueryIndex(grantee, LIST_INDEX));
  }
}
