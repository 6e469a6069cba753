import { canonicalJson, sha256Hex } from '../../core/canonical-json';
import type { ShadowArm } from '../../core/prompts/label';
import type { PromptReader } from '../../core/prompts/prompt-reader';
import { parseJson, type PreparedRequest } from '../stages/prepare';
import { outputCheckOf } from '../validation/output-check';
import { chatOfPrompt } from './chat-of-prompt';
import { findRelease, type FoundRelease } from './find-release';
import { parsePromptRequest, type PromptRequest } from './prompt-request';
import type { PromptUse } from './prompt-use';

/** A call of a prompt, ready for the pipeline. */
export interface PreparedPrompt {
  readonly prepared: PreparedRequest;
  readonly use: PromptUse;
  /** What is to be asked too, once the call is answered. */
  readonly shadow: ShadowPlan | undefined;
}

export interface ShadowPlan {
  readonly promptId: string;
  readonly experimentId: string;
  readonly arm: ShadowArm;
  /** Of the call that is copied. */
  readonly version: number;
  readonly label: string | undefined;
  readonly request: PromptRequest;
  readonly inputHash: string;
}

/**
 * Reads a call of a prompt, finds the version that it is given, and renders it.
 *
 * @throws GatewayError of the body, of the registry, or of variables that do not fit.
 */
export async function preparePrompt(id: string, text: string, callId: string, prompts: PromptReader): Promise<PreparedPrompt> {
  const parsed = parseJson(text);
  const inputHash = sha256Hex(canonicalJson(parsed));
  const request = parsePromptRequest(parsed);
  const found = await findRelease(id, request, callId, prompts);
  const { release, label } = found;
  const { shadow } = release;
  return {
    prepared: preparedOf(id, found, request, inputHash),
    use: useOf(id, found, request),
    shadow: shadow && { promptId: id, experimentId: shadow.experimentId, arm: shadow, version: release.version, label, request, inputHash },
  };
}

/** The copy of a call. Undefined where the shadow's version does not exist. @throws GatewayError where the variables do not fit that version. */
export async function prepareShadow(plan: ShadowPlan, callId: string, prompts: PromptReader): Promise<PreparedPrompt | undefined> {
  const { promptId, arm, label, request, inputHash, experimentId } = plan;
  const version = arm.version ?? plan.version;
  const found = await prompts.findVersion(promptId, version);
  if (found === undefined) return undefined;
  const experiment = { id: experimentId, arm: arm.name };
  const release = { version, isCanary: false, experiment, ...(arm.model === undefined ? {} : { model: arm.model }) };
  // Nobody reads it, and what the caller allows is for the caller's own call.
  const copied = { ...request, stream: undefined, stream_options: undefined, max_cost_usd: undefined };
  const copy = { ...found, release, label };
  return {
    prepared: preparedOf(promptId, copy, copied, inputHash),
    use: { ...useOf(promptId, copy, copied), shadowOf: callId },
    shadow: undefined,
  };
}

function preparedOf(id: string, found: FoundRelease, request: PromptRequest, inputHash: string): PreparedRequest {
  const { body, preference } = chatOfPrompt(id, found, found.release, request);
  return { body, preference, inputHash, check: outputCheckOf(body), promptId: id };
}

function useOf(id: string, { hash, prompt, release, label }: FoundRelease, { subject, variables: { locale } }: PromptRequest): PromptUse {
  const { version, isCanary, experiment } = release;
  const use = { id, version, hash, label, isCanary, experiment, subject, content: prompt.content };
  return typeof locale === 'string' ? { ...use, locale } : use;
}
