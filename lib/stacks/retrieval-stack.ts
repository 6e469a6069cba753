import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../../config/schema';
import { type FilterFieldType, VectorIndex } from '../constructs/vector-index';
import { publishParameter } from '../publish-parameter';
import { removalPolicyOf } from '../removal-policy';

export interface RetrievalStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  readonly retrieval: NonNullable<EnvironmentConfig['retrieval']>;
  /** Encrypts what is indexed. */
  readonly encryptionKey: kms.IKey;
}

/** What every search in the platform's index may filter by. */
const FILTER_FIELDS: Readonly<Record<string, FilterFieldType>> = {
  /** Whose it is and what for: no search looks into two. */
  partition: 'keyword',
  /** Of which document it is a part, in the ledger's words. */
  document: 'keyword',
  source: 'keyword',
  /** Groups and users that may read it. */
  readers: 'keyword',
  /** Epoch seconds. */
  updatedAt: 'integer',
  /** Epoch seconds after which it counts for nothing. */
  expiresAt: 'integer',
};

/** What is searched. Holds what can be made again from its sources, at the price of embedding all of it. */
export class RetrievalStack extends Stack {
  readonly index: VectorIndex;

  constructor(scope: Construct, id: string, props: RetrievalStackProps) {
    super(scope, id, props);
    const { config, retrieval } = props;
    this.index = new VectorIndex(this, 'Index', {
      dimensions: retrieval.dimensions,
      filterFields: FILTER_FIELDS,
      capacity: { minOcu: retrieval.minOcu, maxOcu: retrieval.maxOcu },
      encryptionKey: props.encryptionKey,
      removalPolicy: removalPolicyOf(config),
    });
    publishParameter(this, config, 'vector-endpoint', this.index.endpoint);
    publishParameter(this, config, 'vector-collection', this.index.collectionName);
    publishParameter(this, config, 'vector-collection-arn', this.index.collectionArn);
    publishParameter(this, config, 'vector-index', this.index.indexName);
  }
}
