import type { IntentRecord } from '../../core/audit-record';
import type { PromptContent } from '../../core/prompts/prompt-content';
import type { RequestLine } from '../call';

/** The prompt behind a call, as the call's records name it; and its content, for stages whose policies it names. */
export interface PromptUse {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the version's content, in hex. */
  readonly hash: string;
  /** Absent where the caller named the version. */
  readonly label: string | undefined;
  readonly isCanary: boolean;
  readonly experiment: { readonly id: string; readonly arm: string } | undefined;
  readonly subject: string | undefined;
  /** Of a prompt with a variable of that name, where it is a text. */
  readonly locale?: string;
  /** The call that this one is a copy of. */
  readonly shadowOf?: string;
  readonly content: PromptContent;
}

/** `<id>@<version>` */
export function nameOfVersion({ id, version }: Pick<PromptUse, 'id' | 'version'>): string {
  return `${id}@${version}`;
}

/** What a call's intent says of its prompt. */
export function promptIntent(use: PromptUse | undefined): Pick<IntentRecord, 'prompt' | 'experiment' | 'shadow_of' | 'subject'> {
  if (use === undefined) return {};
  const { id, version, hash, label, isCanary, experiment, shadowOf, subject } = use;
  return { prompt: { id, version, hash, label, canary: isCanary || undefined }, experiment, shadow_of: shadowOf, subject };
}

/** What a call's log line says of it. */
export function promptLine({ id, version, label, experiment }: PromptUse): Partial<RequestLine> {
  return { prompt_id: id, prompt_version: version, prompt_label: label, experiment: experiment?.id, arm: experiment?.arm };
}
