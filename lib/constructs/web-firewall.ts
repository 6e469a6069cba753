import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface WebFirewallProps {
  /** ARN of what it stands before: a stage of a REST API. */
  readonly resourceArn: string;
  /** Requests that one address may make in five minutes; at least 10. @default 2000 */
  readonly requestsPer5MinutesPerAddress?: number;
}

/** AWS WAF's own lower bound of a rate rule. */
const LOWEST_RATE = 10;

/**
 * Rules of AWS's managed groups that look for attacks in the body and would find them in prompts: a question about an injection, a page of HTML, a
 * text of more than 8 KB. They count instead of blocking. The gateway's function takes bodies for data and has its own limit on their size.
 */
const BODY_RULES: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: [
    'SizeRestrictions_BODY',
    'CrossSiteScripting_BODY',
    'EC2MetaDataSSRF_BODY',
    'GenericLFI_BODY',
    'GenericRFI_BODY',
  ],
  AWSManagedRulesKnownBadInputsRuleSet: ['JavaDeserializationRCE_BODY', 'Log4JRCE_BODY', 'ReactJSRCE_BODY'],
  AWSManagedRulesAmazonIpReputationList: [],
};

/** A web firewall before the front door: AWS's managed rules, fit for prompts, and a rate for each address. */
export class WebFirewall extends Construct {
  readonly webAcl: wafv2.CfnWebACL;

  constructor(scope: Construct, id: string, props: WebFirewallProps) {
    super(scope, id);
    const rate = props.requestsPer5MinutesPerAddress ?? 2000;
    if (!Number.isInteger(rate) || rate < LOWEST_RATE) {
      throw new Error(`requestsPer5MinutesPerAddress is ${rate}; AWS WAF takes a whole number of at least ${LOWEST_RATE}.`);
    }
    this.webAcl = new wafv2.CfnWebACL(this, 'Resource', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('web-firewall'),
      rules: [
        {
          name: 'rate-per-address',
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: rate, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
          visibilityConfig: visibility('rate-per-address'),
        },
        ...Object.entries(BODY_RULES).map(([name, counted], index) => managedRules(name, counted, index + 1)),
      ],
    });
    new wafv2.CfnWebACLAssociation(this, 'Association', { webAclArn: this.webAcl.attrArn, resourceArn: props.resourceArn });
  }
}

function managedRules(name: string, counted: readonly string[], priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false };
}
