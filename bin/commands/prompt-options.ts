import { DEFAULT_LABEL } from '../../lambdas/core/prompts/label';
import { slug, versionNumber } from '../../lambdas/core/prompts/slug';
import { InvalidInputError, quoted } from '../../lambdas/core/administration/registry-input';
import { UsageError } from './cli-error';
import { registryOptions, type RegistrySubcommand } from './registry-command';

/** Moved only by who says so twice; in AWS a role may be let move other labels and not these (`PromptRegistry.grantPromote`). */
const PROTECTED_LABELS: readonly string[] = [DEFAULT_LABEL];

export const promptOptions = {
  ...registryOptions,
  label: 'string',
  confirm: 'boolean',
  dir: 'string',
  packaged: 'boolean',
  'promote-new': 'boolean',
  percent: 'string',
  plan: 'string',
  stop: 'boolean',
} as const;

export type PromptSubcommand = RegistrySubcommand<typeof promptOptions>;

/** @throws UsageError without one; InvalidInputError for what can be none. */
export function promptIdOf([id]: readonly string[], subcommand: string): string {
  if (id === undefined) throw new UsageError(`blueprint prompts ${subcommand} needs a prompt (see blueprint prompts list).`);
  return checkSlug('prompt', id);
}

/** @throws UsageError */
export function versionOf(word: string | undefined, subcommand: string): number {
  if (word === undefined) throw new UsageError(`blueprint prompts ${subcommand} needs a version (see blueprint prompts list <prompt>).`);
  const version = /^\d{1,7}$/.test(word) ? Number(word) : Number.NaN;
  if (versionNumber.safeParse(version).success) return version;
  throw new UsageError(`${quoted(word)} is no version: they are whole numbers from 1.`);
}

/** The label that a command is about. @throws InvalidInputError for what can be none. */
export function labelOf({ label = DEFAULT_LABEL }: { readonly label?: string }): string {
  return checkSlug('label', label);
}

/** The label that a command moves. @throws UsageError for a protected one without `--confirm`. */
export function movedLabelOf(values: { readonly label?: string; readonly confirm?: boolean }): string {
  const label = labelOf(values);
  if (!PROTECTED_LABELS.includes(label) || values.confirm === true) return label;
  throw new UsageError(`Label ${label} is protected: look at blueprint prompts diff first, then add --confirm.`);
}

function checkSlug(what: 'prompt' | 'label', text: string): string {
  if (slug.safeParse(text).success) return text;
  throw new InvalidInputError(
    `The ${what} is ${quoted(text)}; it must be 1 to 63 lower-case letters, digits and "-", not beginning with "-".`,
  );
}
