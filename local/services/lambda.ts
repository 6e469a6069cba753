import { callFunction } from '../lambda/call-function';
import { type LambdaFunction, MAX_EVENT_BYTES } from '../lambda/function';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';

export interface LambdaServiceOptions {
  readonly accountId: string;
  readonly region: string;
  /** By ARN; grows while the stacks start. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
}

const INVOCATIONS = /^\/2015-03-31\/functions\/(?<name>[^/]+)\/invocations$/;
/** Largest answer of a call that is not streamed, in bytes. */
const MAX_ANSWER_BYTES = 6_291_556;

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 403 },
  throttled: { code: 'TooManyRequestsException', status: 429 },
  unavailable: { code: 'ServiceException', status: 500 },
};

/** Lambda's Invoke, synchronous: how a test or a person calls a function of the templates. */
export class LambdaService implements Service {
  readonly signingName = 'lambda';

  constructor(private readonly options: LambdaServiceOptions) {}

  operation(request: WireRequest): Operation {
    requireRegion(request, this.options.region);
    const name = INVOCATIONS.exec(request.path)?.groups?.name;
    if (request.method !== 'POST' || name === undefined) {
      throw new ServiceError(
        'UnknownOperationException',
        `The local emulator does not emulate ${request.method} ${request.path} of Lambda.`,
        404,
      );
    }
    refuseWhatIsNotEmulated(request);
    const arn = this.#arnOf(decodeURIComponent(name));
    const lambda = this.options.functions.get(arn);
    return {
      name: 'Invoke',
      access: [{ action: 'lambda:InvokeFunction', resource: arn, resourcePolicy: lambda?.resourcePolicy }],
      run: async () => {
        if (!lambda) throw new ServiceError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
        return invoke(lambda, readEvent(request.body));
      },
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    return {
      status: error.status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
      body: JSON.stringify({ Type: error.status < 500 ? 'User' : 'Service', Message: error.message }),
    };
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  /** A function's name, ARN or partial ARN (`<account>:function:<name>`) → its ARN. */
  #arnOf(given: string): string {
    const { accountId, region } = this.options;
    if (given.startsWith('arn:')) return given;
    const name = given.replace(/^\d{12}:function:/, '');
    return `arn:${partitionOf(region)}:lambda:${region}:${accountId}:function:${name}`;
  }
}

function refuseWhatIsNotEmulated({ headers, query }: WireRequest): void {
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const qualifier = query.get('Qualifier') ?? '$LATEST';
  const refused =
    (type !== 'RequestResponse' && `invocations of the type ${type}`) ||
    (headers['x-amz-log-type'] === 'Tail' && 'the tail of the log') ||
    (qualifier !== '$LATEST' && `versions and aliases (${qualifier})`);
  if (refused) throw new ServiceError('InvalidParameterValueException', `The local emulator does not emulate ${refused} of Lambda.`);
}

function readEvent(body: Buffer): unknown {
  if (body.length > MAX_EVENT_BYTES) {
    throw new ServiceError('RequestTooLargeException', `The event has ${body.length} bytes; Lambda takes ${MAX_EVENT_BYTES}.`, 413);
  }
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('InvalidRequestContentException', 'Could not parse request body into json.');
  }
}

/** A failure of the function is an answer of Lambda: 200, with a header that says so. */
async function invoke(lambda: LambdaFunction, event: unknown): Promise<WireResponse> {
  const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  const failed = (failure: object): WireResponse => ({
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(failure),
  });
  const outcome = await callFunction(lambda, event);
  if ('failure' in outcome) return failed(outcome.failure);
  const { answer } = outcome;
  if (answer.length > MAX_ANSWER_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`;
    return failed({ errorType: 'Function.ResponseSizeTooLarge', errorMessage });
  }
  return { status: 200, headers, body: answer };
}
