import type { IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../../core/errors';

const CONTEXT_LENGTH =
  /context_length_exceeded|(input|prompt)\b.*\btoo long|too many (input |total )?tokens|maximum context|context (window|length|size|limit)|exceeds?\b.*\btokens/i;
const CONTENT_FILTER = /content_filter|content_policy|content management policy|responsible_?ai|safety system/i;
/** What waiting does not mend, though it comes as a 429. */
const OUT_OF_FUNDS = /insufficient_quota|billing|credit balance/i;
const THROTTLED = /rate_?limit|too many requests|throttl|resource_exhausted/i;
const MAX_MESSAGE_CHARACTERS = 300;
const MAX_RETRY_AFTER_SECONDS = 86_400;

/**
 * What a caller is told of a provider's answer that is an error. The same for every provider that is called over plain HTTP.
 *
 * @param body As received; JSON with `error.message`, as OpenAI and Anthropic send it, where it can be read as such.
 */
export function providerError(status: number, headers: IncomingHttpHeaders, body: string, modelId: string): GatewayError {
  const said = readError(body);
  const cause = new Error(`The provider answered ${status}: ${shown(said.text)}`);
  const details = { cause, retryAfterSeconds: retryAfterSecondsOf(headers['retry-after']) };
  if (status === 429 && !OUT_OF_FUNDS.test(said.text)) return throttled(modelId, details);
  if (status === 408 || status === 504) return new GatewayError('model_timeout', `Model \`${modelId}\` took too long.`, details);
  if (status === 400 || status === 413 || status === 422) return refused(said, modelId, cause);
  // A key that is wrong, a model that is not there, a redirect, no funds: nothing that the caller sent.
  return unavailable(modelId, details);
}

/** An error that the provider reports inside its stream: there is no status, so its type, code and message are all there is to go by. */
export function providerStreamError(error: unknown, modelId: string, begun: boolean): GatewayError {
  const said = readError(JSON.stringify({ error }));
  const cause = new Error(`The provider reported in its stream: ${shown(said.text)}`);
  if (OUT_OF_FUNDS.test(said.text)) return unavailable(modelId, { cause });
  if (said.status === 429 || THROTTLED.test(said.text)) return throttled(modelId, { cause });
  const isRefusal = CONTEXT_LENGTH.test(said.text) || CONTENT_FILTER.test(said.text);
  if (isRefusal || (said.status === 400 && !begun)) return refused(said, modelId, cause);
  return begun ? interruptedStream(modelId, cause) : unavailable(modelId, { cause });
}

/** A connection that could not be made, or that broke. */
export function connectionError(cause: unknown, modelId: string, begun: boolean): GatewayError {
  return begun ? interruptedStream(modelId, cause) : unavailable(modelId, { cause });
}

export function interruptedStream(modelId: string, cause?: unknown): GatewayError {
  return new GatewayError('model_stream_interrupted', `Model \`${modelId}\` broke off in the middle of its answer. Try again.`, { cause });
}

type Details = NonNullable<ConstructorParameters<typeof GatewayError>[2]>;

function unavailable(modelId: string, details: Details): GatewayError {
  return new GatewayError('model_unavailable', `Model \`${modelId}\` is not available at present. Try again shortly.`, details);
}

function throttled(modelId: string, details: Details): GatewayError {
  const message = `Model \`${modelId}\` is taking no more requests at present. Try again later.`;
  return new GatewayError('rate_limit_exceeded', message, details);
}

function refused(said: ProviderSaid, modelId: string, cause: Error): GatewayError {
  const message = `Model \`${modelId}\` refused the request: ${sanitised(said.message)}`;
  if (CONTENT_FILTER.test(said.text)) return new GatewayError('content_filter', message, { cause });
  if (CONTEXT_LENGTH.test(said.text)) return new GatewayError('context_length_exceeded', message, { cause, param: 'messages' });
  return new GatewayError('invalid_request', message, { cause });
}

interface ProviderSaid {
  /** For people. */
  readonly message: string;
  /** All that says what kind of error it is: type, code, message. */
  readonly text: string;
  /** Where the error has its status as its code, as Gemini's and vLLM's do. */
  readonly status?: number;
}

function readError(body: string): ProviderSaid {
  const outer = parsed(body);
  // Gemini wraps its errors in an array, and vLLM once had them without `error`.
  const object = Array.isArray(outer) ? outer[0] : outer;
  const error: unknown = isObject(object) && 'error' in object ? object.error : object;
  if (typeof error === 'string' && error !== '') return { message: error, text: error };
  if (!isObject(error)) return { message: 'it gave no reason.', text: body };
  const { message, type, code, status } = error;
  const reasons = [type, code, status, message].filter((part) => typeof part === 'string' || typeof part === 'number');
  const innererror = isObject(error.innererror) ? String(error.innererror.code) : '';
  return {
    message: typeof message === 'string' && message !== '' ? message : 'it gave no reason.',
    text: [...reasons, innererror].join(' '),
    ...(Number(code) >= 400 && { status: Number(code) }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** One short line, without what may identify an account or a key. */
function sanitised(message: string): string {
  return shown(message)
    .replace(/\b(?:org|proj|sk|key|req)[-_][\w*.-]{6,}/gi, '…')
    .replace(/arn:[^\s'",]+/g, '…')
    .replace(/\b\d{12}\b/g, '…');
}

function shown(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE_CHARACTERS);
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3). */
function retryAfterSecondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number.isFinite(Number(header)) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return seconds > 0 && seconds <= MAX_RETRY_AFTER_SECONDS ? Math.ceil(seconds) : undefined;
}
