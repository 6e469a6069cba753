import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import { answerStreamed, answerWhole, type PacedAnswer } from './bedrock/converse-answer';
import { readConverseRequest } from './bedrock/converse-request';
import { applyGuardrail } from './bedrock/guardrails/apply-guardrail';
import { Guardrails } from './bedrock/guardrails/guardrails';
import { invokeEmbedding } from './bedrock/invoke-embedding';
import type { Model } from './bedrock/model';
import { ModelClock, type ModelLatency } from './bedrock/model-clock';
import { accessToModel, type BedrockHome } from './bedrock/model-target';
import { simulatedModel } from './bedrock/simulated-model';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';

export type { ModelLatency } from './bedrock/model-clock';

/** A call that a model has answered to its end. */
export interface ServedCall {
  /** As the caller named it: an id or an ARN. */
  readonly modelId: string;
  readonly operation: 'Converse' | 'ConverseStream' | 'InvokeModel';
  /** Time spent in the model: what remains of a call's time is overhead. */
  readonly modelMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface BedrockRuntimeOptions extends BedrockHome {
  /** @default - 30 ms to the first token, 2 ms for each */
  readonly latency?: ModelLatency;
  /** @default - the simulated model */
  readonly model?: Model;
  readonly onServed?: (served: ServedCall) => void;
  /** @default - none */
  readonly guardrails?: Guardrails;
}

const DEFAULT_LATENCY: ModelLatency = { firstTokenMs: 30, perTokenMs: 2 };
const GUARDRAIL_PATH = /^\/guardrail\/(?<id>[^/]+)\/version\/(?<version>[^/]+)\/apply$/;
const PATH = /^\/model\/(?<model>[^/]+)\/(?<verb>[^/]+)$/;

/** Path's last part → operation, and the action that AWS checks for it. */
const OPERATIONS: Readonly<Record<string, { readonly name: ServedCall['operation']; readonly action: string }>> = {
  converse: { name: 'Converse', action: 'bedrock:InvokeModel' },
  invoke: { name: 'InvokeModel', action: 'bedrock:InvokeModel' },
  'converse-stream': { name: 'ConverseStream', action: 'bedrock:InvokeModelWithResponseStream' },
};
/** Known to AWS under this path, not emulated. */
const NOT_EMULATED: Readonly<Record<string, string>> = {
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
  'invoke-with-bidirectional-stream': 'InvokeModelWithBidirectionalStream',
  'count-tokens': 'CountTokens',
};

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 403 },
  throttled: { code: 'ThrottlingException', status: 429 },
  unavailable: { code: 'ServiceUnavailableException', status: 503 },
};

/** Bedrock Runtime's Converse and ConverseStream on the real wire, before a simulated model; InvokeModel for simulated embeddings; and ApplyGuardrail. */
export class BedrockRuntimeService implements Service {
  readonly signingName = 'bedrock';
  readonly #options: BedrockRuntimeOptions;

  /** Throws RangeError when a latency is negative or not finite. */
  constructor(options: BedrockRuntimeOptions) {
    for (const [name, value] of Object.entries(options.latency ?? {})) {
      if (!Number.isFinite(value) || value < 0) throw new RangeError(`latency.${name} must be 0 or more milliseconds; received ${value}.`);
    }
    this.#options = options;
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.#options.region);
    const { id, version } = GUARDRAIL_PATH.exec(request.path)?.groups ?? {};
    if (request.method === 'POST' && id !== undefined && version !== undefined) return this.#guardrail(id, version, request);
    const { model = '', verb = '' } = PATH.exec(request.path)?.groups ?? {};
    const operation = request.method === 'POST' ? OPERATIONS[verb] : undefined;
    if (!operation) {
      const called = NOT_EMULATED[verb] ?? `${request.method} ${request.path}`;
      throw new ServiceError('UnknownOperationException', `The local emulator does not emulate ${called} of Bedrock Runtime.`, 404);
    }
    const modelId = decodeModelId(model);
    return {
      name: operation.name,
      access: accessToModel(modelId, operation.action, this.#options),
      run: async () =>
        operation.name === 'InvokeModel' ? this.#invoke(modelId, request) : this.#converse(operation.name, modelId, request),
    };
  }

  #guardrail(id: string, version: string, { body }: WireRequest): Operation {
    const { accountId, region, guardrails = new Guardrails() } = this.#options;
    return {
      name: 'ApplyGuardrail',
      access: [{ action: 'bedrock:ApplyGuardrail', resource: `arn:${partitionOf(region)}:bedrock:${region}:${accountId}:guardrail/${id}` }],
      run: async () => applyGuardrail(guardrails.find(id, version), body),
    };
  }

  #converse(
    operation: 'Converse' | 'ConverseStream',
    modelId: string,
    { body, signal }: WireRequest,
  ): WireResponse | Promise<WireResponse> {
    const { latency = DEFAULT_LATENCY, model = simulatedModel, onServed } = this.#options;
    const clock = new ModelClock(signal);
    const modelRequest = readConverseRequest(modelId, body);
    const answer = clock.run(() => model.answer(modelRequest));
    const { inputTokens, outputTokens } = answer;
    const paced: PacedAnswer = {
      answer,
      clock,
      latency,
      onComplete: () => onServed?.({ modelId, operation, modelMs: clock.elapsedMs, inputTokens, outputTokens }),
    };
    return operation === 'Converse' ? answerWhole(paced) : answerStreamed(paced);
  }

  async #invoke(modelId: string, { body, signal }: WireRequest): Promise<WireResponse> {
    const { latency = DEFAULT_LATENCY, onServed } = this.#options;
    const clock = new ModelClock(signal);
    const output = clock.run(() => invokeEmbedding(modelId, body));
    await clock.wait(latency.firstTokenMs);
    onServed?.({ modelId, operation: 'InvokeModel', modelMs: clock.elapsedMs, inputTokens: output.inputTokens, outputTokens: 0 });
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-amzn-bedrock-input-token-count': String(output.inputTokens),
        'x-amzn-bedrock-invocation-latency': String(Math.round(clock.elapsedMs)),
      },
      body: JSON.stringify(output.body),
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    return {
      status: error.status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
      body: JSON.stringify({ message: error.message, ...error.members }),
    };
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }
}

function decodeModelId(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new ServiceError('ValidationException', 'The provided model identifier is invalid.');
  }
}
