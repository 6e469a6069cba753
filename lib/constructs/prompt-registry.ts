import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export type PromptRegistryProps = StatefulTableOptions;

/** What the gateway looks up at each call and people change without a deployment: prompts with their versions and labels, API keys, roles, tenants, teams. */
export class PromptRegistry extends Construct {
  readonly table: dynamodb.ITableV2;
  private readonly store: StatefulTable;

  constructor(scope: Construct, id: string, props: PromptRegistryProps = {}) {
    super(scope, id);
    this.store = new StatefulTable(this, 'Table', props);
    this.table = this.store.table;
  }

  /** May look entries up by their key. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:BatchGetItem');
  }

  /** May do what `blueprint keys`, `roles`, `tenants`, `teams`, `tokens` and `limits` do. */
  grantAdminister(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Scan');
  }
}
