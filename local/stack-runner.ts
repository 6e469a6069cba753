import { localAddresses } from './apigateway/addresses';
import type { AssemblyStack, TemplateResource } from './assembly';
import { inTexts, resolveDynamicReferences } from './dynamic-references';
import { holds, references, resolve, type Scope } from './intrinsics';
import { inOrder } from './order';
import { isParameterFromSsm, ssmParametersReadBy, ssmParametersSetBy } from './ssm-wiring';
import type { ResourceContext, ResourceRegistry, StartedResource, World } from './world';

/** What became of the templates. */
export interface StartReport {
  /** Resource types that have no counterpart here, with the logical ids that were passed over. */
  readonly unsupported: ReadonlyMap<string, readonly string[]>;
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** A resource of the template could not be started. */
export class ResourceError extends Error {}

/** Starts every resource of every stack, each after what it refers to. */
export async function startStacks(stacks: readonly AssemblyStack[], registry: ResourceRegistry, world: World): Promise<StartReport> {
  const unsupported = new Map<string, string[]>();
  const outputs = new Map<string, Record<string, unknown>>();
  for (const stack of inOrder(stacks, (stack) => stack.name, stacksNeededBy(stacks))) {
    const started = new Map<string, StartedResource>();
    const scope = scopeOf(stack, world, started, outputs);
    for (const [logicalId, resource] of inOrder(Object.entries(stack.template.Resources), ([id]) => id, needsOf)) {
      if (resource.Condition && !holds(resource.Condition, scope)) continue;
      const type = registry[resource.Type];
      if (type) {
        started.set(logicalId, await startOne(type, { logicalId, stack, world }, resource, scope));
      } else {
        const id = `${stack.name}/${logicalId}`;
        const known = unsupported.get(resource.Type);
        if (known) known.push(id);
        else unsupported.set(resource.Type, [id]);
      }
    }
    const entries = Object.entries(stack.template.Outputs ?? {}).filter(
      ([, output]) => !output.Condition || holds(output.Condition, scope),
    );
    outputs.set(stack.name, Object.fromEntries(entries.map(([name, output]) => [name, concrete(output.Value, scope, world)])));
  }
  return { unsupported, outputs };
}

async function startOne(
  type: ResourceRegistry[string],
  context: ResourceContext,
  resource: TemplateResource,
  scope: Scope,
): Promise<StartedResource> {
  try {
    return await type(concrete(resource.Properties ?? {}, scope, context.world) as Record<string, unknown>, context);
  } catch (cause) {
    throw new ResourceError(`${context.stack.name}/${context.logicalId} (${resource.Type}) did not start: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * A value of the template as it is once everything that it names has started: intrinsic functions, then dynamic references, then invoke URLs, which
 * lead to this machine wherever they turn up.
 */
function concrete(value: unknown, scope: Scope, world: World): unknown {
  return inTexts(resolve(value, scope), (text) =>
    localAddresses(
      resolveDynamicReferences(text, (name) => world.ssm.valueOf(name)),
      world.apis,
      world.apiOrigin,
    ),
  );
}

function scopeOf(
  stack: AssemblyStack,
  world: World,
  started: ReadonlyMap<string, StartedResource>,
  outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): Scope {
  return {
    template: stack.template,
    stackName: stack.name,
    accountId: stack.accountId ?? world.accountId,
    region: stack.region ?? world.region,
    // What refers to a resource that is not emulated gets a value that says so wherever it turns up.
    ref: (logicalId) => started.get(logicalId)?.ref ?? `not-emulated:${logicalId}`,
    attribute: (logicalId, attribute) => {
      const resource = started.get(logicalId);
      if (!resource) return `not-emulated:${logicalId}.${attribute}`;
      if (!(attribute in resource.attributes)) {
        throw new Error(
          `${logicalId} has no attribute ${attribute} here; it has ${Object.keys(resource.attributes).join(', ') || 'none'}.`,
        );
      }
      return resource.attributes[attribute];
    },
    stackOutput: (stackName, outputName) => {
      const value = outputs.get(stackName)?.[outputName];
      if (value === undefined) throw new Error(`Stack ${stackName} has no output ${outputName}.`);
      return value;
    },
    parameter: (name) => {
      const parameter = stack.template.Parameters?.[name];
      if (parameter?.Default === undefined) throw new Error(`Template parameter ${name} has no default, and there is nobody here to ask.`);
      if (!isParameterFromSsm(parameter.Type)) return parameter.Default;
      const value = world.ssm.valueOf(String(parameter.Default));
      if (value === undefined) {
        throw new Error(`Template parameter ${name} reads the SSM parameter ${String(parameter.Default)}, which no stack here has set.`);
      }
      return value;
    },
  };
}

function needsOf([, resource]: readonly [string, TemplateResource]): Set<string> {
  const explicit = typeof resource.DependsOn === 'string' ? [resource.DependsOn] : (resource.DependsOn ?? []);
  return new Set([...references(resource.Properties), ...explicit]);
}

/** Which stacks must have started before a stack can: those whose outputs or SSM parameters it reads. */
function stacksNeededBy(stacks: readonly AssemblyStack[]): (stack: AssemblyStack) => Set<string> {
  const settersOf = new Map<string, string>();
  for (const stack of stacks) for (const parameter of ssmParametersSetBy(stack)) settersOf.set(parameter, stack.name);
  return (stack) => {
    const needed = stacksReadBy(stack);
    for (const parameter of ssmParametersReadBy(stack)) {
      const setter = settersOf.get(parameter);
      if (setter !== undefined) needed.add(setter);
    }
    return needed;
  };
}

/** Names of the stacks whose outputs a stack reads. */
function stacksReadBy(stack: AssemblyStack): Set<string> {
  const found = new Set<string>();
  JSON.stringify(stack.template, (_key, value: unknown) => {
    const reference = (value as { 'Fn::GetStackOutput'?: { StackName?: unknown } } | null)?.['Fn::GetStackOutput'];
    if (typeof reference?.StackName === 'string') found.add(reference.StackName);
    return value;
  });
  return found;
}
