import { createHash } from 'node:crypto';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import { type GuardrailPolicy, propertiesOf } from './guardrail-policy';
import { nameFor } from './vector-index-reference';

/** A version of a guardrail of Bedrock, made here or elsewhere. */
export interface IGuardrail extends IConstruct {
  readonly guardrailId: string;
  readonly guardrailArn: string;
  /** A number, as text. */
  readonly guardrailVersion: string;
  /** May hold texts to the guardrail, and invoke no model. */
  grantApply(grantee: iam.IGrantable): iam.Grant;
}

/** What another app has to know of a guardrail in the same account and region. */
export interface GuardrailAttributes {
  readonly guardrailId: string;
  readonly guardrailVersion: string;
  /** Where it has one of its own. @default - a key that AWS owns */
  readonly encryptionKey?: kms.IKey;
}

export interface GuardrailProps {
  readonly policy: GuardrailPolicy;
  /**
   * Encrypts the policy; whoever applies it has to be able to decrypt it.
   *
   * @default - a key that AWS owns
   */
  readonly encryptionKey?: kms.IKey;
}

/** AWS's limit on the name of a guardrail. */
const MAX_NAME = 50;
const HASH_CHARACTERS = 12;
/** The gateway has a message of its own; others who apply the guardrail are given these. */
const BLOCKED_INPUT = 'What was asked was blocked by a guardrail.';
const BLOCKED_OUTPUT = 'The answer was blocked by a guardrail.';

/**
 * A guardrail of Bedrock with its current version. Another policy is another version, of another logical id: what runs goes on with the one that it was
 * deployed with, and those before stay, so that there is something to roll back to.
 */
export class Guardrail extends Construct implements IGuardrail {
  /** A guardrail that is there. */
  static fromAttributes(scope: Construct, id: string, attributes: GuardrailAttributes): IGuardrail {
    return new GuardrailReference(scope, id, attributes);
  }

  readonly guardrailId: string;
  readonly guardrailArn: string;
  readonly guardrailVersion: string;
  readonly guardrail: bedrock.CfnGuardrail;
  private readonly encryptionKey: kms.IKey | undefined;

  constructor(scope: Construct, id: string, { policy, encryptionKey }: GuardrailProps) {
    super(scope, id);
    const properties = propertiesOf(policy);
    this.encryptionKey = encryptionKey;
    this.guardrail = new bedrock.CfnGuardrail(this, 'Resource', {
      name: nameFor(this, MAX_NAME),
      blockedInputMessaging: BLOCKED_INPUT,
      blockedOutputsMessaging: BLOCKED_OUTPUT,
      kmsKeyArn: encryptionKey?.keyArn,
      ...properties,
    });
    this.guardrailId = this.guardrail.attrGuardrailId;
    this.guardrailArn = this.guardrail.attrGuardrailArn;
    const hash = createHash('sha256')
      .update(JSON.stringify(Stack.of(this).resolve(properties)))
      .digest('hex')
      .slice(0, HASH_CHARACTERS);
    const version = new bedrock.CfnGuardrailVersion(this, `Version${hash}`, {
      guardrailIdentifier: this.guardrailId,
      description: `Policy ${hash}`,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.guardrailVersion = version.attrVersion;
  }

  grantApply(grantee: iam.IGrantable): iam.Grant {
    return grantApply(this, this.encryptionKey, grantee);
  }

  /** A metric of AWS/Bedrock/Guardrails by its name, of this version. Source: "Monitor Amazon Bedrock Guardrails using CloudWatch metrics", Bedrock user guide. */
  metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Bedrock/Guardrails',
      metricName,
      dimensionsMap: { GuardrailArn: this.guardrailArn, GuardrailVersion: this.guardrailVersion },
      statistic: cloudwatch.Stats.SUM,
      ...options,
    });
  }

  /** Requests in which something was masked or blocked. */
  metricIntervened(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationsIntervened', options);
  }

  /** Text units that were charged. */
  metricTextUnits(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('TextUnitCount', options);
  }

  /** Requests that AWS throttled: each is a call that the gateway refused. */
  metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationThrottles', options);
  }

  /** How long a verdict takes, in milliseconds: the mean, unless `options` say otherwise. */
  metricLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('InvocationLatency', { statistic: cloudwatch.Stats.AVERAGE, ...options });
  }
}

class GuardrailReference extends Construct implements IGuardrail {
  readonly guardrailId: string;
  readonly guardrailArn: string;
  readonly guardrailVersion: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: GuardrailAttributes,
  ) {
    super(scope, id);
    this.guardrailId = attributes.guardrailId;
    this.guardrailVersion = attributes.guardrailVersion;
    this.guardrailArn = Stack.of(this).formatArn({ service: 'bedrock', resource: 'guardrail', resourceName: this.guardrailId });
  }

  grantApply(grantee: iam.IGrantable): iam.Grant {
    return grantApply(this, this.attributes.encryptionKey, grantee);
  }
}

function grantApply({ guardrailArn }: IGuardrail, key: kms.IKey | undefined, grantee: iam.IGrantable): iam.Grant {
  if (key !== undefined) iam.Grant.addToPrincipal({ grantee, actions: ['kms:Decrypt'], resourceArns: [key.keyArn] });
  return iam.Grant.addToPrincipal({ grantee, actions: ['bedrock:ApplyGuardrail'], resourceArns: [guardrailArn] });
}
