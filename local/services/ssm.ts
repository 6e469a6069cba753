import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import { jsonAnswer, jsonErrorResponse, readJsonObject, readTarget } from './json-protocol';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';
import { readPage } from './ssm/read-page';
import { optionalBoolean, optionalInteger, refuseUnknown, requireNames, requireString } from './ssm/request-members';

export interface SsmOptions {
  readonly accountId: string;
  readonly region: string;
}

/** A parameter of type String, as the service answers with it. */
interface Parameter {
  readonly Name: string;
  readonly Type: 'String';
  readonly Value: string;
  readonly Version: number;
  /** Epoch seconds. */
  readonly LastModifiedDate: number;
  readonly ARN: string;
  readonly DataType: 'text';
}

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
  unavailable: { code: 'InternalServerError', status: 500 },
};

/** Systems Manager's Parameter Store, read only on the wire: what is in it comes from the template. */
export class SsmService implements Service {
  readonly signingName = 'ssm';
  readonly #parameters = new Map<string, Parameter>();
  readonly #options: SsmOptions;
  readonly #operations: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => Operation>> = {
    GetParameter: (input) => this.#getParameter(input),
    GetParameters: (input) => this.#getParameters(input),
    GetParametersByPath: (input) => this.#getParametersByPath(input),
  };

  constructor(options: SsmOptions) {
    this.#options = options;
  }

  /** Sets a parameter of type String; its version grows by one each time. */
  putParameter(name: string, value: string): void {
    this.#parameters.set(name, {
      Name: name,
      Type: 'String',
      Value: value,
      Version: (this.#parameters.get(name)?.Version ?? 0) + 1,
      LastModifiedDate: Date.now() / 1000,
      ARN: this.#arnOf(name),
      DataType: 'text',
    });
  }

  /** A parameter's value; undefined when there is no such parameter. */
  valueOf(name: string): string | undefined {
    return this.#parameters.get(name)?.Value;
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.#options.region);
    const name = readTarget(request, 'AmazonSSM');
    const read = Object.hasOwn(this.#operations, name) ? this.#operations[name] : undefined;
    if (!read) throw new ServiceError('UnknownOperationException', `The local emulator does not emulate ${name} of SSM.`);
    return read(readJsonObject(request.body));
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonErrorResponse(error);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  #getParameter(input: Readonly<Record<string, unknown>>): Operation {
    refuseUnknown('GetParameter', input, ['Name', 'WithDecryption']);
    const name = this.#plainName(requireString(input, 'Name'));
    return {
      name: 'GetParameter',
      access: [{ action: 'ssm:GetParameter', resource: this.#arnOf(name) }],
      run: async () => {
        const parameter = this.#parameters.get(name);
        if (!parameter) throw new ServiceError('ParameterNotFound', `Parameter ${name} not found.`);
        return jsonAnswer({ Parameter: parameter });
      },
    };
  }

  #getParameters(input: Readonly<Record<string, unknown>>): Operation {
    refuseUnknown('GetParameters', input, ['Names', 'WithDecryption']);
    const asked = requireNames(input, 'Names').map((given) => ({ given, name: this.#plainName(given) }));
    return {
      name: 'GetParameters',
      access: asked.map(({ name }) => ({ action: 'ssm:GetParameters', resource: this.#arnOf(name) })),
      run: async () =>
        jsonAnswer({
          Parameters: asked.flatMap(({ name }) => this.#parameters.get(name) ?? []),
          InvalidParameters: asked.filter(({ name }) => !this.#parameters.has(name)).map(({ given }) => given),
        }),
    };
  }

  #getParametersByPath(input: Readonly<Record<string, unknown>>): Operation {
    refuseUnknown('GetParametersByPath', input, ['Path', 'Recursive', 'WithDecryption', 'MaxResults', 'NextToken']);
    const path = requireString(input, 'Path');
    if (!path.startsWith('/')) throw new ServiceError('ValidationException', `The parameter path must begin with "/"; received "${path}".`);
    const isRecursive = optionalBoolean(input, 'Recursive') ?? false;
    const maxResults = optionalInteger(input, 'MaxResults', 1, 10) ?? 10;
    const nextToken = input.NextToken === undefined ? undefined : requireString(input, 'NextToken');
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return {
      name: 'GetParametersByPath',
      access: [{ action: 'ssm:GetParametersByPath', resource: this.#arnOf(path) }],
      run: async () => {
        const below = [...this.#parameters.values()]
          .filter(({ Name }) => Name.startsWith(prefix) && (isRecursive || !Name.slice(prefix.length).includes('/')))
          .sort((a, b) => (a.Name < b.Name ? -1 : 1));
        const page = readPage(below, maxResults, nextToken, (parameter) => parameter.Name);
        return jsonAnswer({ Parameters: page.items, ...(page.nextToken !== undefined && { NextToken: page.nextToken }) });
      },
    };
  }

  /** A parameter's name or ARN → its name. Throws ServiceError for a version or label behind it, which are not emulated. */
  #plainName(given: string): string {
    const prefix = this.#arnOf('/');
    const name = given.startsWith(prefix) ? this.#nameInArn(given.slice(prefix.length)) : given;
    if (!name.includes(':')) return name;
    throw new ServiceError(
      'ValidationException',
      `The local emulator does not emulate versions, labels or foreign ARNs of parameters ("${given}").`,
    );
  }

  /** `parameter/a` stands for the name `a` as well as for `/a`. */
  #nameInArn(rest: string): string {
    return this.#parameters.has(`/${rest}`) || !this.#parameters.has(rest) ? `/${rest}` : rest;
  }

  #arnOf(name: string): string {
    const { accountId, region } = this.#options;
    return `arn:${partitionOf(region)}:ssm:${region}:${accountId}:parameter/${name.replace(/^\//, '')}`;
  }
}
