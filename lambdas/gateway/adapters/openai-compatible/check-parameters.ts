import type { ModelRequest } from '../adapter';
import { refuseStreamOptions, requireCapability, unsupported } from '../refuse-unsupported';
import { effortOf } from '../shared/effort';

const equals =
  (...allowed: readonly unknown[]) =>
  (value: unknown): boolean =>
    allowed.includes(value);

/**
 * Fields that a provider would honour and the gateway cannot: they change what is charged, who answers, or what an answer consists of.
 * By field: the values that ask for nothing, and what to do instead.
 */
const REFUSED: Readonly<Record<string, { readonly isNoOp: (value: unknown) => boolean; readonly advice?: string }>> = {
  n: { isNoOp: equals(1), advice: 'Call once for each answer.' },
  best_of: { isNoOp: equals(1), advice: 'Call once for each answer.' },
  store: { isNoOp: equals(false), advice: 'The gateway keeps the record: leave it out.' },
  prompt_logprobs: { isNoOp: equals(0) },
  service_tier: { isNoOp: equals('auto', 'default'), advice: 'Models are priced by the default tier: send `default`, or leave it out.' },
  modalities: { isNoOp: (value) => JSON.stringify(value) === '["text"]', advice: 'Send `["text"]`, or leave it out.' },
  audio: { isNoOp: () => false },
  web_search_options: { isNoOp: () => false, advice: 'Searches are charged by other than tokens: leave it out.' },
  functions: { isNoOp: () => false, advice: 'Send `tools`.' },
  function_call: { isNoOp: () => false, advice: 'Send `tool_choice`.' },
  // Routers behind the same API: the model that is priced is the one that must answer.
  models: { isNoOp: () => false },
  route: { isNoOp: () => false },
  provider: { isNoOp: () => false },
  plugins: { isNoOp: () => false },
  // Ollama's own parameters, the output limit among them.
  options: { isNoOp: () => false },
};

/** Fields of which no more than a value that asks for nothing is let through: not every provider knows them, so they are left out. */
export const leftOut: ReadonlySet<string> = new Set(Object.keys(REFUSED));

/** @throws GatewayError `unsupported_field` */
export function checkParameters(request: ModelRequest): void {
  const { body, model } = request;
  for (const [field, value] of Object.entries(body)) {
    const refused = Object.hasOwn(REFUSED, field) ? REFUSED[field] : undefined;
    if (refused !== undefined && !refused.isNoOp(value)) throw unsupported(field, model.id, refused.advice);
  }
  refuseStreamOptions(body, model.id);
  effortOf(request);
  if (body.top_logprobs && body.logprobs !== true)
    throw unsupported('top_logprobs', model.id, 'Send `logprobs: true` with it, or leave it out.');
  if (body.logprobs === true) requireCapability(request, 'logprobs', ({ logprobs }) => logprobs === true);
  if (body.response_format !== undefined && body.response_format.type !== 'text') {
    requireCapability(request, 'response_format', ({ jsonSchema }) => jsonSchema === 'native');
  }
}
