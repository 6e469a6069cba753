import { BootstraplessSynthesizer, DefaultStackSynthesizer, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct } from 'constructs';
import {
  addAccessPolicy,
  grantIndex,
  type IVectorIndex,
  nameFor,
  type VectorIndexAttributes,
  VectorIndexReference,
} from './vector-index-reference';

/** How a field beside text and vector is stored: for filters by value and by range. CloudFormation takes no other types; an integer has 32 bits. */
export type FilterFieldType = 'keyword' | 'integer';

export interface VectorIndexProps {
  /** Numbers in a vector: those of the embedding model. 1 to 16,000. Another number is another index: every document has to be embedded again. */
  readonly dimensions: number;
  /**
   * Fields of documents to filter by. New ones may be added; the type of one that is there cannot be changed.
   *
   * @default - none
   */
  readonly filterFields?: Readonly<Record<string, FilterFieldType>>;
  /**
   * OpenSearch compute units, for indexing and for searching each: the fewest, which are paid for idle or not, and the most. With 0 as the fewest
   * nothing is paid while nobody calls, and the first call after ten idle minutes takes 10 to 30 seconds.
   *
   * @default { minOcu: 0, maxOcu: 4 }
   */
  readonly capacity?: { readonly minOcu: number; readonly maxOcu: number };
  /**
   * Encrypts what is stored. Cannot be changed later.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * Ids of OpenSearch Serverless VPC endpoints, through which alone the collection can then be reached.
   *
   * @default - reachable from anywhere, by signed calls of those who have a grant
   */
  readonly vpcEndpointIds?: readonly string[];
  /** What becomes of the collection when it leaves the template. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * ARN of the role by which CloudFormation makes the index: the service asks it for a permission of its own.
   *
   * @default - the role of the CDK bootstrap
   */
  readonly deploymentRoleArn?: string;
}

/** AWS's limit on the name of a collection and of a group. */
const MAX_COLLECTION_NAME = 28;
/** Where OpenSearch ends. */
const MAX_DIMENSIONS = 16_000;
/** Capacities that a group takes; above 16 its multiples. */
const SMALL_CAPACITIES = [0, 1, 2, 4, 8];
const LARGE_CAPACITY = 16;

/** Names of the fields that every index has. `lambdas/core/vector-index` reads and writes them. */
const VECTOR_FIELD = 'vector';
const TEXT_FIELD = 'text';
/** The one index of the collection. Its name is within the collection: nothing else bears it. */
const INDEX_NAME = 'documents';

/**
 * An index for search by vector and by keyword on OpenSearch Serverless: a collection of its own, in a group of its own that runs on demand, and who may
 * reach it. Document ids are the server's: who writes keeps them.
 */
export class VectorIndex extends Construct implements IVectorIndex {
  /** An index that is there, by the attributes that its stack publishes. */
  static fromAttributes(scope: Construct, id: string, attributes: VectorIndexAttributes): IVectorIndex {
    return new VectorIndexReference(scope, id, attributes);
  }

  readonly endpoint: string;
  readonly collectionArn: string;
  readonly collectionName: string;
  readonly indexName = INDEX_NAME;
  readonly collection: aoss.CfnCollection;

  constructor(scope: Construct, id: string, props: VectorIndexProps) {
    super(scope, id);
    check(props);
    this.collectionName = nameFor(this, MAX_COLLECTION_NAME);
    const access = addAccessPolicy(new Construct(this, 'Deployment'), [deploymentRoleOf(this, props)], this, [
      'aoss:CreateIndex',
      'aoss:DeleteIndex',
      'aoss:DescribeIndex',
      'aoss:UpdateIndex',
    ]);
    const before = [this.addEncryption(props.encryptionKey), this.addNetwork(props.vpcEndpointIds), access];
    this.collection = this.addCollection(props);
    // A collection cannot be made before its encryption is known. The others precede it so that they are effective, a minute later, when the index is made.
    for (const policy of before) this.collection.addResourceDependency(policy);
    this.endpoint = this.collection.attrCollectionEndpoint;
    this.collectionArn = this.collection.attrArn;
    this.addIndex(props).addResourceDependency(access);
  }

  /** May search the index and read its documents. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantIndex(this, grantee, 'Read');
  }

  /** May add documents to the index and delete them. */
  grantWrite(grantee: iam.IGrantable): iam.Grant {
    return grantIndex(this, grantee, 'Write');
  }

  /**
   * A metric of AWS/AOSS by its name, of this collection.
   * Source: "Monitoring OpenSearch Serverless with Amazon CloudWatch", OpenSearch Service developer guide.
   */
  metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/AOSS',
      metricName,
      dimensionsMap: { ClientId: Stack.of(this).account, CollectionId: this.collection.attrId, CollectionName: this.collectionName },
      ...options,
    });
  }

  /** How long searches take, in milliseconds: the mean, unless `options` say otherwise. */
  metricSearchLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('SearchRequestLatency', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }

  /** Searches that failed. */
  metricSearchErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('SearchRequestErrors', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private addEncryption(key: kms.IKey | undefined): aoss.CfnSecurityPolicy {
    return this.addSecurityPolicy('Encryption', 'encryption', {
      Rules: [this.thisCollection()],
      ...(key === undefined ? { AWSOwnedKey: true } : { AWSOwnedKey: false, KmsARN: key.keyArn }),
    });
  }

  private addNetwork(vpcEndpointIds: readonly string[] | undefined): aoss.CfnSecurityPolicy {
    const from = vpcEndpointIds === undefined ? { AllowFromPublic: true } : { AllowFromPublic: false, SourceVPCEs: vpcEndpointIds };
    return this.addSecurityPolicy('Network', 'network', [{ Rules: [this.thisCollection()], ...from }]);
  }

  private addSecurityPolicy(id: string, type: 'encryption' | 'network', policy: object): aoss.CfnSecurityPolicy {
    const place = new Construct(this, id);
    return new aoss.CfnSecurityPolicy(place, 'Resource', { name: nameFor(place, 32), type, policy: Stack.of(this).toJsonString(policy) });
  }

  private thisCollection(): object {
    return { ResourceType: 'collection', Resource: [`collection/${this.collectionName}`] };
  }

  private addCollection({ capacity = { minOcu: 0, maxOcu: 4 }, removalPolicy }: VectorIndexProps): aoss.CfnCollection {
    const { minOcu, maxOcu } = capacity;
    const group = new aoss.CfnCollectionGroup(this, 'Group', {
      name: this.collectionName,
      description: 'Runs on demand, for one vector index',
      generation: 'NEXTGEN',
      standbyReplicas: 'ENABLED',
      capacityLimits: {
        minIndexingCapacityInOcu: minOcu,
        maxIndexingCapacityInOcu: maxOcu,
        minSearchCapacityInOcu: minOcu,
        maxSearchCapacityInOcu: maxOcu,
      },
    });
    const collection = new aoss.CfnCollection(this, 'Resource', {
      name: this.collectionName,
      description: 'Search by vector and by keyword',
      type: 'VECTORSEARCH',
      collectionGroupName: group.name,
      standbyReplicas: 'ENABLED',
    });
    collection.addResourceDependency(group);
    for (const resource of [group, collection]) resource.applyRemovalPolicy(removalPolicy ?? RemovalPolicy.RETAIN);
    return collection;
  }

  private addIndex({ dimensions, filterFields = {}, removalPolicy }: VectorIndexProps): aoss.CfnIndex {
    const filters = Object.entries(filterFields).map(([name, type]) => [name, { type }] as const);
    const index = new aoss.CfnIndex(this, 'Index', {
      collectionEndpoint: this.endpoint,
      indexName: INDEX_NAME,
      settings: { index: { knn: true } },
      mappings: {
        properties: {
          // The service picks the engine, and refuses to be told. Its own choice of space would be Euclidean distance.
          [VECTOR_FIELD]: { type: 'knn_vector', dimension: dimensions, spaceType: 'cosinesimil' },
          [TEXT_FIELD]: { type: 'text' },
          ...Object.fromEntries(filters),
        },
      },
    });
    index.applyRemovalPolicy(removalPolicy ?? RemovalPolicy.RETAIN);
    return index;
  }
}

function deploymentRoleOf(scope: Construct, { deploymentRoleArn }: VectorIndexProps): string {
  if (deploymentRoleArn !== undefined) return deploymentRoleArn;
  const { synthesizer } = Stack.of(scope);
  if (synthesizer instanceof DefaultStackSynthesizer && !(synthesizer instanceof BootstraplessSynthesizer)) {
    // Holds placeholders of CloudFormation, `${AWS::Partition}` among them.
    return Fn.sub(synthesizer.cloudFormationExecutionRoleArn);
  }
  throw new Error(
    `${scope.node.path} does not know the role that CloudFormation works with: its stack's synthesizer is ${synthesizer.constructor.name}. Give deploymentRoleArn.`,
  );
}

function check({ dimensions, filterFields = {}, capacity }: VectorIndexProps): void {
  if (!Token.isUnresolved(dimensions) && (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS)) {
    throw new Error(`dimensions is ${dimensions}; an index takes a whole number from 1 to ${MAX_DIMENSIONS}.`);
  }
  const taken = [VECTOR_FIELD, TEXT_FIELD].find((name) => name in filterFields);
  if (taken !== undefined) throw new Error(`filterFields names '${taken}', which every index has already. Choose another name.`);
  if (capacity === undefined) return;
  const { minOcu, maxOcu } = capacity;
  for (const [name, value] of Object.entries(capacity)) {
    if (Token.isUnresolved(value) || SMALL_CAPACITIES.includes(value) || (value > 0 && value % LARGE_CAPACITY === 0)) continue;
    throw new Error(`capacity.${name} is ${value}; a group takes ${SMALL_CAPACITIES.join(', ')}, and multiples of ${LARGE_CAPACITY}.`);
  }
  if (!Token.isUnresolved(maxOcu) && (maxOcu < 1 || maxOcu < minOcu)) {
    throw new Error(`capacity.maxOcu is ${maxOcu}; it has to be at least 1, and minOcu, which is ${minOcu}.`);
  }
}
