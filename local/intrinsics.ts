import type { Template } from './assembly';

/** What a template's intrinsic functions are resolved against. */
export interface Scope {
  readonly template: Template;
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  /** `Ref` of a resource that has started. */
  ref(logicalId: string): unknown;
  /** `Fn::GetAtt` of a resource that has started. */
  attribute(logicalId: string, attribute: string): unknown;
  /** An output of another stack of the same assembly. */
  stackOutput(stackName: string, outputName: string): unknown;
  /** Value of a template parameter. */
  parameter(name: string): unknown;
}

/** An intrinsic function that is not supported, or is used with arguments it cannot take. */
export class IntrinsicError extends Error {}

const NO_VALUE = Symbol('AWS::NoValue');

type Resolver = (argument: unknown, scope: Scope) => unknown;

/** Resolves every intrinsic function inside a value of a template. Members that come to `AWS::NoValue` are left out. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = resolveInner(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
}

function resolveInner(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveInner(item, scope)).filter((item) => item !== NO_VALUE);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) {
    // `Condition` is an intrinsic function only inside conditions, and a plain member everywhere else (in policies, for one).
    if (name !== 'Condition') {
      const resolver = FUNCTIONS[name];
      if (!resolver)
        throw new IntrinsicError(`${name} is not supported in templates here. Supported: ${Object.keys(FUNCTIONS).join(', ')}.`);
      return resolver(argument, scope);
    }
  }
  return Object.fromEntries(
    entries.map(([key, member]) => [key, resolveInner(member, scope)] as const).filter(([, member]) => member !== NO_VALUE),
  );
}

const FUNCTIONS: Readonly<Record<string, Resolver>> = {
  Ref: (name, scope) => referTo(String(name), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...attribute] = Array.isArray(argument)
      ? argument.map((part) => String(resolve(part, scope)))
      : String(argument).split('.');
    return scope.attribute(logicalId ?? '', attribute.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = resolve(argument, scope) as [string, unknown[]];
    return parts.map(String).join(separator);
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = resolve(argument, scope) as [string, string];
    return text.split(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = resolve(argument, scope) as [number | string, unknown[]];
    return items[Number(index)];
  },
  'Fn::Sub': (argument, scope) => {
    const [text, variables] = Array.isArray(argument) ? (argument as [string, Record<string, unknown>]) : [String(argument), {}];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_match, escaped: string, name: string) => {
      if (escaped) return `\${${name}}`;
      if (name in variables) return String(resolve(variables[name], scope));
      return String(name.includes('.') ? FUNCTIONS['Fn::GetAtt']?.(name, scope) : referTo(name, scope));
    });
  },
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName } = resolve(argument, scope) as { StackName: string; OutputName: string };
    return scope.stackOutput(StackName, OutputName);
  },
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown];
    return resolveInner(holds(condition, scope) ? whenTrue : whenFalse, scope);
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = resolve(argument, scope) as [string, string, string];
    return scope.template.Mappings?.[map]?.[top]?.[second];
  },
};

function referTo(name: string, scope: Scope): unknown {
  const pseudo = PSEUDO_PARAMETERS[name];
  if (pseudo) return pseudo(scope);
  return scope.template.Parameters?.[name] ? scope.parameter(name) : scope.ref(name);
}

const PSEUDO_PARAMETERS: Readonly<Record<string, (scope: Scope) => unknown>> = {
  'AWS::AccountId': (scope) => scope.accountId,
  'AWS::Region': (scope) => scope.region,
  'AWS::Partition': () => 'aws',
  'AWS::URLSuffix': () => 'amazonaws.com',
  'AWS::StackName': (scope) => scope.stackName,
  'AWS::StackId': (scope) => `arn:aws:cloudformation:${scope.region}:${scope.accountId}:stack/${scope.stackName}/local`,
  'AWS::NoValue': () => NO_VALUE,
};

/** Whether a named condition of the template holds. */
export function holds(condition: string, scope: Scope): boolean {
  const expression = scope.template.Conditions?.[condition];
  if (expression === undefined) throw new IntrinsicError(`The template has no condition '${condition}'.`);
  return evaluateCondition(expression, scope);
}

function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const [name, argument] = Object.entries(expression as Record<string, unknown>)[0] ?? [];
  const operands = (argument ?? []) as unknown[];
  switch (name) {
    case 'Fn::Equals':
      return String(resolve(operands[0], scope)) === String(resolve(operands[1], scope));
    case 'Fn::And':
      return operands.every((operand) => evaluateCondition(operand, scope));
    case 'Fn::Or':
      return operands.some((operand) => evaluateCondition(operand, scope));
    case 'Fn::Not':
      return !evaluateCondition(operands[0], scope);
    case 'Condition':
      return holds(String(argument), scope);
    default:
      throw new IntrinsicError(`${name} is not supported in conditions here. Supported: Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition.`);
  }
}

/** Logical ids that a value refers to, by `Ref`, `Fn::GetAtt` or `Fn::Sub`. */
export function references(value: unknown): Set<string> {
  const found = new Set<string>();
  collectReferences(value, found);
  return found;
}

function collectReferences(value: unknown, found: Set<string>): void {
  if (value === null || typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) collectReferences(item, found);
    return;
  }
  for (const [name, argument] of Object.entries(value)) {
    if (name === 'Ref') found.add(String(argument));
    else if (name === 'Fn::GetAtt') found.add(Array.isArray(argument) ? String(argument[0]) : (String(argument).split('.')[0] ?? ''));
    else if (name === 'Fn::Sub') {
      const text = Array.isArray(argument) ? String(argument[0]) : String(argument);
      for (const [, reference] of text.matchAll(/\$\{([^!}][^}]*)\}/g)) found.add(reference?.split('.')[0] ?? '');
    }
    collectReferences(argument, found);
  }
}
