import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export type CostLedgerProps = StatefulTableOptions;

/**
 * The accounts: what each environment, tenant, team and key may spend and has spent, one item per window; and what tenants have used by day, by what their
 * calls are attributed to.
 */
export class CostLedger extends Construct {
  readonly table: dynamodb.ITableV2;
  private readonly store: StatefulTable;

  constructor(scope: Construct, id: string, props: CostLedgerProps = {}) {
    super(scope, id);
    // Minutes, which nobody needs after an hour.
    this.store = new StatefulTable(this, 'Table', { ...props, timeToLiveAttribute: 'expires_at' });
    this.table = this.store.table;
  }

  /** May read accounts. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query');
  }

  /** May read what tenants have used. */
  grantReadUsage(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:Query');
  }

  /** May find holds that were left over, settle them, and keep up to where it came. */
  grantSweep(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:UpdateItem');
  }

  /** May reserve on and settle accounts: conditional updates only. */
  grantReserve(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:UpdateItem');
  }
}
