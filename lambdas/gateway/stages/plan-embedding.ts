import type { Amount } from '../../core/accounts/account';
import { asGatewayError, GatewayError } from '../../core/errors';
import { costMicroUsd, formatUsd } from '../../core/money';
import type { EmbeddingModelEntry } from '../../core/platform';
import { EMBEDDING_TASK } from '../../core/scopes';
import { NO_USAGE } from '../../core/usage';
import type { ModelAdapter } from '../adapters/adapter';
import type { Caller, GatewayPorts } from '../call';
import type { EmbeddingBody } from '../openai/embedding-request';
import { microUsdOf } from '../routing/ceiling';
import { findEmbeddingModel } from '../routing/choose-embedding-model';
import { MOST_BYTES_PER_TOKEN } from '../routing/fit';
import { checkPurpose, platformFor } from './authorize';

/** What models wrap around each text, at most, in tokens. */
const TOKENS_PER_TEXT = 16;

/** What an embeddings call comes to. */
export interface EmbeddingPlan {
  readonly body: EmbeddingBody;
  readonly texts: readonly string[];
  readonly model: EmbeddingModelEntry;
  readonly embed: NonNullable<ModelAdapter['embed']>;
  readonly dimensions: number;
  /** No tokenizer makes more tokens of a text than it has bytes. A call that fails is not charged, so that retries add nothing. */
  readonly worst: Amount;
}

/** A refusal is a decision too: it is recorded before it is answered. */
export type EmbeddingDecision = { readonly plan: EmbeddingPlan } | { readonly refusal: GatewayError };

type PlanPorts = Pick<GatewayPorts, 'platform' | 'adapters'>;

/** No I/O. */
export function decideEmbedding(body: EmbeddingBody, caller: Pick<Caller, 'scopes' | 'residency'>, ports: PlanPorts): EmbeddingDecision {
  try {
    checkPurpose(caller, { task: EMBEDDING_TASK, prompt: undefined });
    return { plan: planEmbedding(body, { ...ports, platform: platformFor(caller, ports.platform) }) };
  } catch (error) {
    return { refusal: asGatewayError(error) };
  }
}

/** @throws GatewayError where the platform has no such model, or it does not take what is asked. */
export function planEmbedding(body: EmbeddingBody, { platform, adapters }: PlanPorts): EmbeddingPlan {
  const model = findEmbeddingModel(body.model, platform);
  const adapter = adapters[model.provider];
  if (adapter?.embed === undefined) throw new Error(`No adapter for embeddings of provider "${model.provider}" of model "${model.id}".`);
  const texts = typeof body.input === 'string' ? [body.input] : body.input;
  const dimensions = dimensionsOf(body, model);
  if (body.input_type !== undefined && !model.inputTypes) throw withoutInputTypes(model, platform.embeddingModels);
  const tokens = texts.reduce((sum, text, index) => sum + mostTokensOf(text, index, body, model), 0);
  const microUsd = costMicroUsd({ ...NO_USAGE, inputTokens: tokens }, { ...model.price, output: 0 });
  checkCeiling(body, model, microUsd);
  // Bound: what an adapter is, it knows itself.
  return { body, texts, model, embed: adapter.embed.bind(adapter), dimensions, worst: { microUsd, tokens } };
}

/** @throws GatewayError `invalid_request` */
function dimensionsOf({ dimensions }: EmbeddingBody, model: EmbeddingModelEntry): number {
  const usual = model.dimensions[0] as number;
  if (dimensions === undefined || model.dimensions.includes(dimensions)) return dimensions ?? usual;
  const allowed = model.dimensions.length === 1 ? `${usual}` : `one of ${model.dimensions.join(', ')}`;
  const message = `\`dimensions\` must be ${allowed} with model \`${model.id}\`; received ${dimensions}.`;
  throw new GatewayError('invalid_request', message, { param: 'dimensions' });
}

function withoutInputTypes({ id }: EmbeddingModelEntry, offered: readonly EmbeddingModelEntry[]): GatewayError {
  const others = offered.filter(({ inputTypes }) => inputTypes).map((entry) => `\`${entry.id}\``);
  const advice = others.length === 0 ? 'Leave it out: no model here makes a difference.' : `Leave it out, or use ${others.join(', ')}.`;
  const message = `\`input_type\` is not supported with model \`${id}\`, which embeds all texts alike. ${advice}`;
  return new GatewayError('unsupported_field', message, { param: 'input_type' });
}

/** @throws GatewayError `context_length_exceeded` for a text that no tokenizer makes short enough; closer ones are the provider's to judge. */
function mostTokensOf(text: string, index: number, { input }: EmbeddingBody, model: EmbeddingModelEntry): number {
  const bytes = Buffer.byteLength(text);
  const leastTokens = Math.ceil(bytes / MOST_BYTES_PER_TOKEN);
  if (leastTokens <= model.maxInputTokens) return bytes + TOKENS_PER_TEXT;
  const param = typeof input === 'string' ? 'input' : `input[${index}]`;
  const message =
    `\`${param}\` is too long for model \`${model.id}\`: ${bytes} bytes, at least ${leastTokens} tokens; it takes ${model.maxInputTokens} ` +
    'of one text. Split the text.';
  throw new GatewayError('context_length_exceeded', message, { param });
}

/** @throws GatewayError `cost_ceiling_exceeded` */
function checkCeiling({ max_cost_usd }: EmbeddingBody, { id }: EmbeddingModelEntry, worstCaseMicroUsd: number): void {
  if (max_cost_usd === undefined || worstCaseMicroUsd <= microUsdOf(max_cost_usd)) return;
  const message =
    `The call may cost more than \`max_cost_usd\` allows ($${formatUsd(microUsdOf(max_cost_usd))}): with \`${id}\` up to ` +
    `$${formatUsd(worstCaseMicroUsd)}. Allow that much, or send less text.`;
  throw new GatewayError('cost_ceiling_exceeded', message, { param: 'max_cost_usd' });
}
