import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { AiGateway } from './ai-gateway';

/** What asks a model of Bedrock something. */
const MODEL_ACTIONS = [
  'bedrock:InvokeModel',
  'bedrock:InvokeModelWithResponseStream',
  'bedrock:InvokeModelWithBidirectionalStream',
  'bedrock:Converse',
  'bedrock:ConverseStream',
  'bedrock:StartAsyncInvoke',
  'bedrock:CreateModelInvocationJob',
  'bedrock:InvokeAgent',
  'bedrock:InvokeInlineAgent',
  'bedrock:InvokeFlow',
  'bedrock:RetrieveAndGenerate',
];
/** Policies of AWS that allow one of them. */
const MANAGED = /:policy\/(?:AdministratorAccess|PowerUserAccess|AmazonBedrockFullAccess|AmazonBedrockLimitedAccess)$/;

interface Statement {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
}

/**
 * Fails the synthesis when a role other than a gateway's may invoke a model: limits, audit and cost know only of what goes through a gateway.
 *
 * @param scope everything below it is held to the rule
 */
export function onlyGatewaysInvokeModels(scope: IConstruct): void {
  scope.node.addValidation({ validate: () => modelAccessProblems(scope) });
}

/** One sentence for each policy below the scope that breaks the rule. */
export function modelAccessProblems(scope: IConstruct): string[] {
  const all = scope.node.findAll();
  const gateways = all.filter((construct) => construct instanceof AiGateway).map(({ function: { node } }) => `${node.path}/`);
  return all
    .filter(({ node }) => !gateways.some((path) => node.path.startsWith(path)))
    .flatMap((construct) => {
      const allowed = allowedIn(construct);
      if (allowed === undefined) return [];
      return [
        `${construct.node.path} allows ${allowed}: no role but a gateway's may invoke a model. Call the gateway instead (gateway.grantInvoke).`,
      ];
    });
}

/** What of a policy allows a model to be invoked; undefined when nothing does, or it is no policy. */
function allowedIn(construct: IConstruct): string | undefined {
  const resolve = (value: unknown): unknown => Stack.of(construct).resolve(value);
  if (construct instanceof iam.CfnPolicy || construct instanceof iam.CfnManagedPolicy) return inDocument(resolve(construct.policyDocument));
  if (!(construct instanceof iam.CfnRole || construct instanceof iam.CfnUser || construct instanceof iam.CfnGroup)) return undefined;
  const inline = listOf(resolve(construct.policies)) as readonly { readonly PolicyDocument?: unknown; readonly policyDocument?: unknown }[];
  const arns = listOf(resolve(construct.managedPolicyArns)).map((arn) => (typeof arn === 'string' ? arn : JSON.stringify(arn)));
  return (
    inline
      .map(({ PolicyDocument: written, policyDocument }) => inDocument(written ?? policyDocument))
      .find((found) => found !== undefined) ?? arns.find((arn) => MANAGED.test(arn.replace(/"\]\]\}$/, '')))
  );
}

function inDocument(document: unknown): string | undefined {
  const statements = listOf((document as { readonly Statement?: unknown } | undefined)?.Statement) as readonly Statement[];
  return statements.map(allowedBy).find((found) => found !== undefined);
}

function allowedBy({ Effect: effect, Action: actions, NotAction: others }: Statement): string | undefined {
  if (effect === 'Deny') return undefined;
  if (others !== undefined) {
    const left = MODEL_ACTIONS.find((action) => !listOf(others).some((pattern) => matches(pattern, action)));
    return left === undefined ? undefined : `${left} (by NotAction)`;
  }
  return listOf(actions)
    .map(String)
    .find((pattern) => MODEL_ACTIONS.some((action) => matches(pattern, action)));
}

/** As IAM matches actions: whatever their case, `*` for any characters and `?` for one. */
function matches(pattern: unknown, action: string): boolean {
  const expression = String(pattern)
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(action);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
