import type { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { grantKeyToService } from './grant-key-to-service';

/** What every table of the platform may be given from outside. */
export interface StatefulTableOptions {
  /**
   * Customer key that encrypts the table.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the table when its stack is deleted.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Whether DynamoDB refuses to delete the table.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

export interface StatefulTableProps extends StatefulTableOptions {
  /** Attribute with the time in epoch seconds after which DynamoDB deletes an item. */
  readonly timeToLiveAttribute?: string;
  readonly globalSecondaryIndexes?: dynamodb.GlobalSecondaryIndexPropsV2[];
  readonly stream?: dynamodb.StreamViewType;
}

/** A table as the platform keeps them: `pk` and `sk`, on demand, point-in-time recovery, grants that bring the key's with them. */
export class StatefulTable extends Construct {
  readonly table: dynamodb.TableV2;
  private readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: StatefulTableProps = {}) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey;
    this.table = new dynamodb.TableV2(this, 'Resource', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billing: dynamodb.Billing.onDemand(),
      encryption: props.encryptionKey
        ? dynamodb.TableEncryptionV2.customerManagedKey(props.encryptionKey)
        : dynamodb.TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.deletionProtection ?? true,
      removalPolicy: props.removalPolicy,
      timeToLiveAttribute: props.timeToLiveAttribute,
      globalSecondaryIndexes: props.globalSecondaryIndexes,
      dynamoStream: props.stream,
    });
  }

  /** Grants these actions on the table's stream, and the use of the table's key through DynamoDB. */
  grantStream(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    if (this.table.tableStreamArn === undefined) throw new Error(`${this.node.path} has no stream.`);
    return this.withKey(grantee, iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableStreamArn] }));
  }

  /** Grants these actions on the table itself, and the use of its key through DynamoDB: `table.grant` would bring its indexes and no key. */
  grant(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    return this.withKey(grantee, iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.table.tableArn] }));
  }

  /**
   * Grants these actions on items whose partition key is like one of the patterns (`*` stands for any text). Of no use for scans, which name no key.
   */
  grantItems(grantee: iam.IGrantable, partitionKeys: readonly string[], ...actions: string[]): iam.Grant {
    const grant = iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [this.table.tableArn],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitionKeys] },
        // Of a request that names no key, "all" would hold.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    });
    return this.withKey(grantee, grant);
  }

  /** Grants queries of an index, and the use of the table's key through DynamoDB. */
  grantQueryIndex(grantee: iam.IGrantable, indexName: string): iam.Grant {
    const resourceArns = [`${this.table.tableArn}/index/${indexName}`];
    return this.withKey(grantee, iam.Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns }));
  }

  private withKey(grantee: iam.IGrantable, grant: iam.Grant): iam.Grant {
    if (!this.encryptionKey) return grant;
    // The data plane asks for the table key on behalf of the caller, and only that.
    return grant.combine(grantKeyToService(this.encryptionKey, grantee, 'dynamodb', ['kms:Decrypt']));
  }
}
