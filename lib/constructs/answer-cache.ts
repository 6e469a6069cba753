import { RemovalPolicy } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export interface AnswerCacheProps extends StatefulTableOptions {
  /**
   * What becomes of the table when its stack is deleted: what is lost is asked again.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether DynamoDB refuses to delete the table.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}

/** Answers that models have given, kept for as long as the environment's policy says: a question asked again is not paid for again. */
export class AnswerCache extends Construct {
  readonly table: dynamodb.ITableV2;
  private readonly store: StatefulTable;

  constructor(scope: Construct, id: string, props: AnswerCacheProps = {}) {
    super(scope, id);
    this.store = new StatefulTable(this, 'Table', {
      ...props,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
      deletionProtection: props.deletionProtection ?? false,
      timeToLiveAttribute: 'expires_at',
    });
    this.table = this.store.table;
  }

  /** May look answers up by their key, keep them, and take out what turned out to be wrong. */
  grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem');
  }
}
