import { GatewayError } from '../../core/errors';
import type { ModelCapabilities } from '../../core/platform';
import type { ChatRequest } from '../openai/request';
import type { ModelRequest } from './adapter';

/** Honoured by the gateway itself, for every model. */
const GATEWAY_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'user',
  'metadata',
  'task_type',
  'max_cost_usd',
]);
const GATEWAY_STREAM_OPTIONS: ReadonlySet<string> = new Set(['include_usage']);

/** Values that ask for nothing, by field: clients send them unasked. */
const NO_OPS: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  store: (value) => value === false,
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  frequency_penalty: (value) => value === 0,
  presence_penalty: (value) => value === 0,
  service_tier: (value) => value === 'auto' || value === 'default',
  response_format: (value) => JSON.stringify(value) === '{"type":"text"}',
  modalities: (value) => JSON.stringify(value) === '["text"]',
};

/** What to do instead, where leaving the field out is not all there is to say. */
const ADVICE: Readonly<Record<string, string>> = {
  n: 'Call once for each answer.',
  seed: 'No model here repeats an answer for a seed: leave it out.',
  service_tier: 'The price table has the default tier alone: send `default`, or leave it out.',
  functions: 'Send `tools`.',
  function_call: 'Send `tool_choice`.',
};

/**
 * Refuses a request that has a field which neither the gateway nor the adapter honours: dropping it would answer another question.
 *
 * @param honoured The request's members that the adapter passes on, beside `messages`, whose members are its own to check.
 * @throws GatewayError `unsupported_field`
 */
export function refuseUnsupported(request: ModelRequest, honoured: ReadonlySet<string>): void {
  const { body, model } = request;
  for (const [field, value] of Object.entries(body)) {
    if (GATEWAY_FIELDS.has(field) || honoured.has(field)) continue;
    if (Object.hasOwn(NO_OPS, field) && NO_OPS[field]?.(value)) continue;
    throw unsupported(field, model.id, Object.hasOwn(ADVICE, field) ? ADVICE[field] : undefined);
  }
  refuseStreamOptions(body, model.id);
}

/** @param advice What is allowed instead; by default, to leave the field out. */
export function unsupported(param: string, modelId: string, advice = 'Leave it out.'): GatewayError {
  return new GatewayError('unsupported_field', `\`${param}\` is not supported with model \`${modelId}\` as sent. ${advice}`, { param });
}

/**
 * Refuses a field that the model asked for cannot honour, and names the models that can.
 *
 * @param can Whether a model could.
 * @param advice What to do instead, where there is more to it than another model.
 * @throws GatewayError `unsupported_field`
 */
export function requireCapability(
  { model, offered }: ModelRequest,
  param: string,
  can: (capabilities: ModelCapabilities) => boolean,
  advice = 'Leave it out',
): void {
  if (can(model.capabilities)) return;
  const others = offered.filter(({ capabilities }) => can(capabilities)).map(({ id }) => `\`${id}\``);
  throw unsupported(param, model.id, others.length === 0 ? `${advice}: no model here does.` : `${advice}, or use ${others.join(', ')}.`);
}

/** Refuses members that are not listed. @throws GatewayError `unsupported_field` */
export function refuseMembers(value: object, honoured: ReadonlySet<string>, path: string, modelId: string): void {
  const member = Object.keys(value).find((name) => !honoured.has(name));
  if (member !== undefined) throw unsupported(`${path}.${member}`, modelId);
}

/** @throws GatewayError `unsupported_field` */
export function refuseStreamOptions(body: ChatRequest, modelId: string): void {
  for (const [option, value] of Object.entries(body.stream_options ?? {})) {
    if (GATEWAY_STREAM_OPTIONS.has(option)) continue;
    if (option === 'include_obfuscation' && value === false) continue;
    throw unsupported(`stream_options.${option}`, modelId);
  }
}
