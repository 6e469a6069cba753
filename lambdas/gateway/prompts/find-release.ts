import { GatewayError } from '../../core/errors';
import { chooseRelease, type Release } from '../../core/prompts/choose-release';
import { DEFAULT_LABEL } from '../../core/prompts/label';
import type { PromptReader, ReleasedPrompt } from '../../core/prompts/prompt-reader';
import type { PromptRequest } from './prompt-request';

/** What a call of a prompt is given, and by which name. */
export interface FoundRelease extends ReleasedPrompt {
  readonly release: Release;
  /** Absent where the caller names the version. */
  readonly label?: string;
}

type Asked = Pick<PromptRequest, 'label' | 'version' | 'subject' | 'user' | 'model'>;

/**
 * The version that a call is given: the one that it names; or by its label, in which a canary or an experiment may choose. Never another one than
 * that: there is no fallback.
 *
 * @param callId Stands for the subject of a call that names none.
 * @throws GatewayError `prompt_not_found`, `prompt_label_not_found`, `prompt_version_not_found`, or what the store throws.
 */
export async function findRelease(id: string, asked: Asked, callId: string, prompts: PromptReader): Promise<FoundRelease> {
  if (asked.version !== undefined) {
    const found = await prompts.findVersion(id, asked.version);
    if (found === undefined) throw await notFound(id, 'prompt_version_not_found', `no version ${asked.version}`, 'version', prompts);
    return { ...found, release: { version: asked.version, isCanary: false } };
  }
  const label = asked.label ?? DEFAULT_LABEL;
  const record = await prompts.findLabel(id, label);
  if (record === undefined) throw await notFound(id, 'prompt_label_not_found', `no label \`${label}\``, 'label', prompts);
  // Who chooses a model takes no part in an experiment: its arms would not differ by what they say.
  const open = asked.model === undefined ? record : { ...record, experiment: undefined };
  const release = chooseRelease(id, open, asked.subject ?? asked.user ?? callId);
  const found = await prompts.findVersion(id, release.version);
  if (found !== undefined) return { ...found, release, label };
  const message = `Label \`${label}\` of prompt \`${id}\` leads to version ${release.version}, which does not exist. Move the label: \`blueprint prompts promote\`.`;
  throw new GatewayError('prompt_version_not_found', message, { param: 'label' });
}

async function notFound(
  id: string,
  code: 'prompt_label_not_found' | 'prompt_version_not_found',
  lacking: string,
  param: string,
  prompts: PromptReader,
): Promise<GatewayError> {
  if (!(await prompts.exists(id))) return new GatewayError('prompt_not_found', `There is no prompt \`${id}\` here.`, { param: 'id' });
  return new GatewayError(code, `Prompt \`${id}\` has ${lacking}.`, { param });
}
