import type { RolePrincipal } from '../iam/types';
import { LambdaFunction } from '../lambda/function';
import { physicalName, principalOf, type ResourceContext, type ResourceRegistry } from '../world';

interface FunctionProperties {
  readonly FunctionName?: string;
  readonly Runtime?: string;
  readonly Handler: string;
  readonly Role: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Code: { readonly S3Key?: string };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
  readonly LoggingConfig?: { readonly LogGroup?: string };
  readonly TracingConfig?: { readonly Mode: string };
}

interface PermissionProperties {
  readonly FunctionName: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
}

export const lambdaResources: ResourceRegistry = {
  'AWS::Lambda::Function': (raw, context) => {
    const properties = raw as unknown as FunctionProperties;
    const { world, stack } = context;
    if (!properties.Runtime?.startsWith('nodejs')) throw new Error(`its runtime is ${properties.Runtime}; only Node.js runs here.`);
    const folder = stack.assets.get(properties.Code.S3Key ?? '');
    if (!folder) throw new Error(`its code ${properties.Code.S3Key} is not an asset of this assembly.`);
    const role = [...world.roles.values()].find(({ arn }) => arn === properties.Role);
    if (!role) throw new Error(`its role ${properties.Role} is not in the templates.`);

    const name = properties.FunctionName ?? physicalName(context);
    const arn = `arn:aws:lambda:${world.region}:${world.accountId}:function:${name}`;
    const logGroupName = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
    const principal = principalOf(role, name);
    const mayLog = oncePerFunction(principal, ['logs:CreateLogStream', 'logs:PutLogEvents'], logStreamArn(logGroupName, context), context);
    const mayTrace = oncePerFunction(principal, ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*', context);
    const lambda = new LambdaFunction({
      name,
      arn,
      principal,
      folder,
      handler: properties.Handler,
      timeoutMs: (properties.Timeout ?? 3) * 1000,
      memoryMb: properties.MemorySize ?? 128,
      reservedConcurrency: properties.ReservedConcurrentExecutions,
      logGroupName,
      variables: properties.Environment?.Variables ?? {},
      region: world.region,
      endpointUrl: world.endpoint.url,
      issueCredentials: () => world.endpoint.issueCredentials(principal),
      revokeCredentials: (accessKeyId) => world.endpoint.revoke(accessKeyId),
      // As in AWS: a function whose role may not write logs runs, and nobody reads what it says.
      onLine: (line) => mayLog() && world.events.emit({ kind: 'log', functionName: name, line }),
      onCrash: (reason) => world.events.emit({ kind: 'crash', functionName: name, reason }),
      onInvoked: (failed) => world.monitoring.countInvocation(name, failed),
      onTraced: properties.TracingConfig?.Mode === 'Active' ? () => void mayTrace() : undefined,
    });
    world.functions.set(arn, lambda);
    return { ref: name, attributes: { Arn: arn } };
  },
  'AWS::Lambda::Permission': (raw, context) => {
    const properties = raw as unknown as PermissionProperties;
    const target = [...context.world.functions.values()].find(
      ({ definition }) => definition.arn === properties.FunctionName || definition.name === properties.FunctionName,
    );
    if (!target) throw new Error(`its function ${properties.FunctionName} is not in the templates.`);
    target.addPermission({
      Effect: 'Allow',
      Action: properties.Action,
      Resource: target.arn,
      Principal: properties.Principal.endsWith('.amazonaws.com') ? { Service: properties.Principal } : { AWS: properties.Principal },
      Condition: {
        ...(properties.SourceArn && { ArnLike: { 'aws:SourceArn': properties.SourceArn } }),
        ...(properties.SourceAccount && { StringEquals: { 'aws:SourceAccount': properties.SourceAccount } }),
      },
    });
    return { ref: physicalName(context), attributes: {} };
  },
};

function logStreamArn(logGroupName: string, { world }: ResourceContext): string {
  return `arn:aws:logs:${world.region}:${world.accountId}:log-group:${logGroupName}:log-stream:local`;
}

/** What the Lambda service itself does with a function's role: asked once, since roles do not change while the emulator runs. */
function oncePerFunction(
  principal: RolePrincipal,
  actions: readonly string[],
  resource: string,
  { world }: ResourceContext,
): () => boolean {
  let allowed: boolean | undefined;
  return () => {
    allowed ??= actions.every((action) => {
      const decision = world.permissions.authorize(principal, { action, resource });
      if (!decision.allowed) world.events.emit({ kind: 'denied', principal: principal.name, action, resource, reason: decision.reason });
      return decision.allowed;
    });
    return allowed;
  };
}
