/** A REST API as its template describes it, and how it finds the method for a request. */

export interface Method {
  readonly httpMethod: string;
  readonly authorizationType: string;
  readonly functionArn: string;
  readonly streamed: boolean;
  readonly timeoutMs: number;
  readonly resourceId: string;
  /** `/v1/{proxy+}` */
  readonly resourcePath: string;
}

export interface GatewayResponse {
  readonly statusCode?: number;
  /** Header name → `'literal'` or `context.…`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly template?: string;
}

export interface ApiStage {
  readonly name: string;
  readonly requestsPerSecond?: number;
  readonly burst?: number;
}

export interface RouteMatch {
  readonly method: Method;
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Node {
  readonly id: string;
  readonly parentId?: string;
  readonly part: string;
}

export class RestApi {
  readonly gatewayResponses = new Map<string, GatewayResponse>();
  readonly stages = new Map<string, ApiStage>();
  private readonly nodes = new Map<string, Node>();
  private readonly methods: Method[] = [];

  constructor(
    readonly id: string,
    readonly rootResourceId: string,
  ) {
    this.nodes.set(rootResourceId, { id: rootResourceId, part: '' });
  }

  addResource(id: string, parentId: string, part: string): void {
    this.nodes.set(id, { id, parentId, part });
  }

  addMethod(method: Omit<Method, 'resourcePath'>): void {
    this.methods.push({ ...method, resourcePath: `/${this.partsOf(method.resourceId).join('/')}` });
  }

  /** Whether one of its methods leads to that function. */
  leadsTo(functionArn: string): boolean {
    return this.methods.some((method) => method.functionArn === functionArn);
  }

  /** The most specific method for a request: literal parts before parameters, parameters before greedy ones, a method before ANY. */
  match(httpMethod: string, path: string): RouteMatch | undefined {
    const parts = path.split('/').slice(1);
    if (parts.at(-1) === '') parts.pop();
    const matches = this.methods
      .filter((method) => method.httpMethod === 'ANY' || method.httpMethod === httpMethod)
      .flatMap((method) => {
        const found = matchParts(this.partsOf(method.resourceId), parts);
        return found ? [{ method, ...found }] : [];
      });
    matches.sort(
      (a, b) => compare(b.specificity, a.specificity) || Number(a.method.httpMethod === 'ANY') - Number(b.method.httpMethod === 'ANY'),
    );
    return matches[0];
  }

  private partsOf(resourceId: string): string[] {
    const node = this.nodes.get(resourceId);
    if (!node?.parentId) return [];
    return [...this.partsOf(node.parentId), node.part];
  }
}

/** For each part of a route: 2 literal, 1 parameter, 0 greedy. */
type Specificity = readonly number[];

function matchParts(
  route: readonly string[],
  path: readonly string[],
): { specificity: Specificity; pathParameters: Record<string, string> } | undefined {
  const specificity: number[] = [];
  const pathParameters: Record<string, string> = {};
  for (const [index, part] of route.entries()) {
    const actual = path[index];
    if (actual === undefined) return undefined;
    const greedy = /^\{(.+)\+\}$/.exec(part);
    if (greedy?.[1]) {
      pathParameters[greedy[1]] = decode(path.slice(index).join('/'));
      return { specificity: [...specificity, 0], pathParameters };
    }
    const parameter = /^\{(.+)\}$/.exec(part);
    if (parameter?.[1]) {
      pathParameters[parameter[1]] = decode(actual);
      specificity.push(1);
    } else if (part === actual) {
      specificity.push(2);
    } else {
      return undefined;
    }
  }
  return route.length === path.length ? { specificity, pathParameters } : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function compare(a: Specificity, b: Specificity): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
