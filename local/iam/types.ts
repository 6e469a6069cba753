/** An IAM policy document as it stands in a template once its intrinsic functions are resolved. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Condition keys with their values, e.g. `{'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com'}`. Keys compare without case. */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

/** A role at work: what the endpoint knows of a caller from its access key. */
export interface RolePrincipal {
  readonly kind: 'role';
  /** Named in messages: the function's id in the template, or `administrator`. */
  readonly name: string;
  readonly roleArn: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  readonly sessionArn: string;
  readonly accountId: string;
  readonly identityPolicies: readonly PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
}

/** An AWS service acting for itself, e.g. `apigateway.amazonaws.com`. */
export interface ServicePrincipal {
  readonly kind: 'service';
  readonly name: string;
  readonly accountId: string;
}

export type Principal = RolePrincipal | ServicePrincipal;

/** One thing that a call needs to be allowed. */
export interface Access {
  /** As AWS checks it, e.g. `bedrock:InvokeModelWithResponseStream` for ConverseStream. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly context?: ConditionContext;
  /** The policy on the resource itself, when it has one. */
  readonly resourcePolicy?: PolicyDocument;
  /**
   * KMS keys: identity policies count only where the key policy delegates to the account (`arn:aws:iam::<account>:root`).
   * Elsewhere either policy is enough within one account.
   */
  readonly resourcePolicyIsRoot?: boolean;
  /** Data-access policies of OpenSearch Serverless: they alone say who may do what within a collection. Identity policies and boundaries do not count. */
  readonly resourcePolicyAlone?: boolean;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };
