import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StatefulTable, type StatefulTableOptions } from './stateful-table';

export type PromptRegistryProps = StatefulTableOptions;

/** Partition keys of prompts and their versions; those of a label begin with its name. */
const PROMPTS = 'PROMPT#*';

/** Those of who may call with a key or a token, and for whom. */
const BEARERS = ['KEY#*', 'TENANT#*', 'TEAM#*', 'BEARER#*'];

/** Those of who may call, and what: keys, roles, tenants, teams and bearers of tokens. */
const CALLERS = ['KEY#*', 'ROLE#*', 'TENANT#*', 'TEAM#*', 'BEARER#*'];

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
    return this.store.grant(grantee, 'dynamodb:BatchGetItem', 'dynamodb:GetItem');
  }

  /** May look up who has a key or a token, and no more: not roles, prompts or labels. */
  grantReadBearers(grantee: iam.IGrantable): iam.Grant {
    return this.store.grantItems(grantee, BEARERS, 'dynamodb:BatchGetItem');
  }

  /** May list all entries. */
  grantList(grantee: iam.IGrantable): iam.Grant {
    return this.store.grant(grantee, 'dynamodb:Scan');
  }

  /** May add versions of prompts, as `blueprint prompts push` does, and change or release none. */
  grantPush(grantee: iam.IGrantable): iam.Grant {
    return this.store.grantItems(grantee, [PROMPTS], 'dynamodb:GetItem', 'dynamodb:PartiQLInsert');
  }

  /**
   * May move these labels of all prompts, as `blueprint prompts promote`, `rollback`, `canary` and `experiment` do, and no other.
   *
   * @param labels All labels when absent, `production` among them.
   */
  grantPromote(grantee: iam.IGrantable, labels: readonly string[] = ['*']): iam.Grant {
    checkLabels(labels);
    const partitions = labels.map((label) => (label === '*' ? 'LABEL#*' : `LABEL#${label}#*`));
    const write = this.store.grantItems(grantee, partitions, 'dynamodb:PutItem');
    return write.combine(this.store.grantItems(grantee, [PROMPTS, ...partitions], 'dynamodb:GetItem'));
  }

  /** May change who may call, and read all: not prompts nor their labels. For `Administration`, which records what it does. */
  grantAdministerCallers(grantee: iam.IGrantable): iam.Grant {
    const change = this.store.grantItems(grantee, CALLERS, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    // A scan has no partition that a policy could name.
    return change.combine(this.grantList(grantee));
  }

  /** May do what `blueprint prompts` does, listing included, and change none of who may call. */
  grantAdministerPrompts(grantee: iam.IGrantable): iam.Grant {
    return this.grantPush(grantee).combine(this.grantPromote(grantee)).combine(this.grantList(grantee));
  }
}

/** @throws Error for what would let a role move more, or nothing. */
function checkLabels(labels: readonly string[]): void {
  if (labels.length === 0) throw new Error('grantPromote was given no label; name one, or leave the labels out for all.');
  const wrong = labels.find((label) => !Token.isUnresolved(label) && label !== '*' && !/^[a-z0-9][a-z0-9-]{0,62}$/.test(label));
  if (wrong === undefined) return;
  throw new Error(`"${wrong}" can be no label; it must be 1 to 63 lower-case letters, digits and "-", not beginning with "-".`);
}
