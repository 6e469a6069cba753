import { Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct, type IConstruct } from 'constructs';

/** An index for search by vector and by keyword, made here or elsewhere. */
export interface IVectorIndex extends IConstruct {
  /** `https://…`, without a trailing slash. The OpenSearch API is there; a function gets it as an environment variable. */
  readonly endpoint: string;
  readonly collectionArn: string;
  readonly collectionName: string;
  readonly indexName: string;
  /** May search the index and read its documents. */
  grantRead(grantee: iam.IGrantable): iam.Grant;
  /** May add documents to the index and delete them. */
  grantWrite(grantee: iam.IGrantable): iam.Grant;
}

/** What another app has to know of an index. */
export interface VectorIndexAttributes {
  /** The output and SSM parameter `vector-endpoint`. */
  readonly endpoint: string;
  /** ARN of the collection: the output and SSM parameter `vector-collection-arn`. */
  readonly collectionArn: string;
  /** Name of the collection: the output and SSM parameter `vector-collection`. */
  readonly collectionName: string;
  /** The output and SSM parameter `vector-index`. */
  readonly indexName: string;
}

/** AWS's limit on the name of a policy of OpenSearch Serverless. */
const MAX_POLICY_NAME = 32;

const PERMISSIONS = {
  Read: ['aoss:DescribeIndex', 'aoss:ReadDocument'],
  Write: ['aoss:DescribeIndex', 'aoss:WriteDocument'],
} as const;

/** An index of another stack or app, by its attributes. */
export class VectorIndexReference extends Construct implements IVectorIndex {
  readonly endpoint: string;
  readonly collectionArn: string;
  readonly collectionName: string;
  readonly indexName: string;

  constructor(scope: Construct, id: string, attributes: VectorIndexAttributes) {
    super(scope, id);
    this.endpoint = attributes.endpoint.replace(/\/$/, '');
    this.collectionArn = attributes.collectionArn;
    this.collectionName = attributes.collectionName;
    this.indexName = attributes.indexName;
  }

  grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantIndex(this, grantee, 'Read');
  }

  grantWrite(grantee: iam.IGrantable): iam.Grant {
    return grantIndex(this, grantee, 'Write');
  }
}

/**
 * Two permissions are needed: IAM's, to reach the collection at all, and one of the service's own data-access policies, which says what may be done
 * there. The latter stands beside the grantee's role, in its stack: the index's stack needs to know nothing of who uses it.
 */
export function grantIndex(index: IVectorIndex, grantee: iam.IGrantable, kind: keyof typeof PERMISSIONS): iam.Grant {
  const { grantPrincipal } = grantee;
  const host = Construct.isConstruct(grantPrincipal) ? grantPrincipal : index;
  const id = `Vector${kind}${index.node.addr.slice(-8)}`;
  // Given twice, it is the same permission.
  if (host.node.tryFindChild(id) === undefined) {
    addAccessPolicy(new Construct(host, id), [roleArnOf(grantPrincipal)], index, PERMISSIONS[kind]);
  }
  return iam.Grant.addToPrincipal({ grantee, actions: ['aoss:APIAccessAll'], resourceArns: [index.collectionArn] });
}

/** Lets principals do with one index what `permissions` name; effective up to a minute after it is made. */
export function addAccessPolicy(
  scope: Construct,
  principals: readonly string[],
  { collectionName, indexName }: Pick<IVectorIndex, 'collectionName' | 'indexName'>,
  permissions: readonly string[],
): aoss.CfnAccessPolicy {
  const rules = [{ ResourceType: 'index', Resource: [`index/${collectionName}/${indexName}`], Permission: permissions }];
  return new aoss.CfnAccessPolicy(scope, 'Resource', {
    name: nameFor(scope, MAX_POLICY_NAME),
    type: 'data',
    policy: Stack.of(scope).toJsonString([{ Rules: rules, Principal: principals }]),
  });
}

/**
 * A name where AWS demands one: of the stack's name, the place in it and a hash of both; lower case, and the same at every synthesis. Unique in the
 * account and region because the stack's name is.
 */
export function nameFor(scope: IConstruct, maxLength: number): string {
  return Names.uniqueResourceName(scope, { maxLength, separator: '-' }).toLowerCase();
}

/** Data-access policies name roles and users, and no accounts or services. */
function roleArnOf(principal: iam.IPrincipal): string {
  const { AWS: arns } = principal.policyFragment.principalJson;
  const [arn] = arns ?? [];
  if (arn !== undefined && arn !== '*') return arn;
  throw new Error(
    `An index can be used by a role or a user; the grantee is ${JSON.stringify(principal.policyFragment.principalJson)}. Grant to a role, or to what has one.`,
  );
}
