import { canonicalJson, sha256Hex } from '../../core/canonical-json';
import type { PlatformDocument } from '../../core/platform';
import type { ChatRequest } from '../openai/request';
import type { PromptUse } from '../prompts/prompt-use';

/** Raised when what is stored, or what it is found by, changes its meaning. */
const VERSION = 2;
/** Members that change nothing of what a model is asked. Every other one, known or not, is a parameter and parts answers from each other. */
const NOT_ASKED = new Set(['messages', 'stream', 'stream_options', 'user', 'metadata']);
export const INSTRUCTIONS = new Set(['system', 'developer']);

export interface Asked {
  readonly tenant: string;
  readonly body: ChatRequest;
  /** As `offerOf` says. */
  readonly offer: string;
  /** The first of the route: callers of one tenant may not all be allowed the same ones. */
  readonly model: string;
  /** `<id>@<version>`; null for a call of no prompt. */
  readonly prompt: string | null;
  /** For whom the answer is worded, as `localesOf` reads it: questions alike, or one in another script, may have other answers there. */
  readonly locales: readonly (string | null)[];
}

/**
 * `<partition>#<hash>`. The partition is a hash of the tenant, the model that is asked for, what the environment makes of that name for this caller, the
 * locale, instructions, tools, schema and every parameter; the other hash is the conversation's. Answers of two partitions are never mixed up, by whatever they are looked for.
 */
export function cacheKeyOf({ tenant, body, offer, model, prompt, locales }: Asked): string {
  const parameters = Object.fromEntries(Object.entries(body).filter(([name, value]) => !NOT_ASKED.has(name) && value !== undefined));
  const instructions = body.messages.filter(({ role }) => INSTRUCTIONS.has(role));
  const partition = sha256Hex(canonicalJson([VERSION, tenant, offer, model, prompt, locales, parameters, instructions]));
  return `${partition}#${sha256Hex(canonicalJson(body.messages))}`;
}

/**
 * What a call says of its locale: `metadata.locale`, and the variable `locale` of its prompt. Nothing is read from `accept-language`: clients and proxies set it by
 * themselves, and no model sees it.
 */
export function localesOf({ metadata }: ChatRequest, prompt: PromptUse | undefined): Asked['locales'] {
  return [metadata?.locale?.toLowerCase() ?? null, prompt?.locale?.toLowerCase() ?? null];
}

/** A hash of what decides which model a name stands for: a deployment that changes it begins with an empty cache. */
export function offerOf({ models, routing }: PlatformDocument): string {
  const { aliases, tasks, checkedTasks } = routing;
  const asked = models.map(({ id, provider, providerModelId, tier }) => [id, provider, providerModelId, tier]);
  return sha256Hex(canonicalJson([asked, aliases, tasks, checkedTasks]));
}
