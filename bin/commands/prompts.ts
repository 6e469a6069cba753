import path from 'node:path';
import { DEFAULT_LABEL } from '../../lambdas/core/prompts/label';
import { contentHash, type PromptContent } from '../../lambdas/core/prompts/prompt-content';
import { diffLines } from '../prompts/diff-lines';
import { findLabel } from '../prompts/label-store';
import { inWords } from '../prompts/label-words';
import { PACKAGED_PROMPTS } from '../packaged';
import { promoteNew } from '../prompts/promote-new';
import { type PromptFolder, promptIdsIn, readPromptFolder } from '../prompts/prompt-folder';
import { asLines } from '../prompts/prompt-lines';
import { findVersion, listPrompts, type ListedPrompt, pushPrompt } from '../prompts/version-store';
import type { RegistryTable } from '../../lambdas/core/administration/registry-items';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { canary, experiment, promote, rollback } from './prompt-labels';
import { labelOf, movedLabelOf, promptIdOf, type PromptSubcommand, versionOf } from './prompt-options';
import { registryHelp, registryOptions, runRegistryCommand } from './registry-command';
import { noMore } from './subcommands';

const SHORT_HASH = 12;

const promptsHelp = `blueprint prompts: prompts as releases

  blueprint prompts push [<prompt>]                            versions that the environment lacks; all prompts when none is named
  blueprint prompts push [<prompt>] --promote-new --confirm    and the first release of prompts that nobody has released
  blueprint prompts list [<prompt>]
  blueprint prompts diff <prompt>                              what the label gives, and the newest version in the folder
  blueprint prompts diff <prompt> [<from>] <to>                versions in the environment; what the label gives when one is named
  blueprint prompts promote <prompt> <version>                 moves the label
  blueprint prompts rollback <prompt>                          to where it was before
  blueprint prompts canary <prompt> <version> --percent <n>    for so many percent of the subjects; --stop ends it
  blueprint prompts experiment <prompt> --plan <file>          arms over versions and models; --stop ends it

  --label <name>    production when absent
  --confirm         moves a protected label (production), too
  --dir <folder>    where the prompts are (prompts when absent)
  --packaged        those of the agents of the package, instead

A label that was moved is followed everywhere within 30 seconds. Versions never change.

${registryHelp}`;

const push: PromptSubcommand = {
  options: { ...registryOptions, dir: 'string', packaged: 'boolean', 'promote-new': 'boolean', confirm: 'boolean' },
  prepare({ values, positionals }, nowMs, cwd) {
    noMore(positionals, 1, 'prompts push');
    const { 'promote-new': isReleasing, confirm } = values;
    if (isReleasing) movedLabelOf({ confirm });
    const folder = folderOf(values, cwd);
    const [only] = positionals;
    const prompts = (only === undefined ? promptIdsIn(folder) : [only]).map((id) => readPromptFolder(folder, id));
    if (prompts.length === 0) throw new UsageError(`No folder in ${folder} is a prompt: each has a prompt.json.`);
    return async ({ client, table, where }, print) => {
      const pushed = [];
      for (const prompt of prompts) pushed.push(...(await pushPrompt({ client, table }, prompt, nowMs)));
      const created = pushed.filter((version) => version.created);
      const lines = created.map(({ id, version, hash }) => `Pushed ${id} version ${version} (${hash.slice(0, SHORT_HASH)}) to ${where}.`);
      for (const prompt of isReleasing ? prompts : []) {
        const version = await promoteNew({ client, table }, prompt, nowMs);
        if (version !== undefined)
          lines.push(`Label ${DEFAULT_LABEL} of ${prompt.id} in ${where} gives version ${version}: its first release.`);
      }
      print(pushed, lines.length === 0 ? `Nothing is new: ${where} has all ${pushed.length} versions.` : lines.join('\n'));
    };
  },
};

const list: PromptSubcommand = {
  options: registryOptions,
  prepare({ positionals }) {
    noMore(positionals, 1, 'prompts list');
    const only = positionals.length === 0 ? undefined : promptIdOf(positionals, 'list');
    return async ({ client, table, where }, print) => {
      const prompts = await listPrompts({ client, table }, only);
      if (only !== undefined && prompts.length === 0)
        throw new RegistryError(`There is no prompt ${only} in ${where}: blueprint prompts push ${only}.`);
      const json = prompts.map(({ id, versions, labels }) => ({
        id,
        versions: versions.map(({ version, hash, owner, createdAt }) => ({ version, hash, owner, createdAt: isoTime(createdAt) })),
        labels: labels.map(({ updatedAt, ...label }) => ({ ...label, updatedAt: isoTime(updatedAt) })),
      }));
      if (prompts.length === 0) print(json, `No prompts in ${where}: blueprint prompts push.`);
      else print(json, only === undefined ? asTable(prompts) : prompts.map(asDetails).join('\n'));
    };
  },
};

const diff: PromptSubcommand = {
  options: { ...registryOptions, dir: 'string', label: 'string' },
  prepare({ values, positionals }, _nowMs, cwd) {
    noMore(positionals, 3, 'prompts diff');
    const id = promptIdOf(positionals, 'diff');
    const label = labelOf(values);
    const [first, second] = positionals.slice(1).map((word) => versionOf(word, 'diff'));
    const folder = first === undefined ? readPromptFolder(path.resolve(cwd, values.dir ?? 'prompts'), id) : undefined;
    return async ({ client, table, where }, print) => {
      const registry = { client, table };
      const from = second === undefined ? (await findLabel({ ...registry, id, label }))?.version : first;
      const to = folder === undefined ? await released(registry, id, second ?? first ?? 0, where) : newestOf(folder);
      const before = from === undefined ? undefined : await released(registry, id, from, where);
      const lines = diffLines(asLines(before?.content), asLines(to.content));
      const names = { from: before === undefined ? `nothing (there is no label ${label} in ${where})` : nameOf(before), to: nameOf(to) };
      print(
        { ...names, lines },
        lines.length === 0 ? `${names.from} and ${names.to} are the same.` : [`${names.from} → ${names.to}`, ...lines].join('\n'),
      );
    };
  },
};

/** `blueprint prompts …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function promptsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const subcommands = { push, list, diff, promote, rollback, canary, experiment };
  await runRegistryCommand({ help: promptsHelp, subcommands }, args, context);
}

/** @throws UsageError for two of them. */
function folderOf({ dir, packaged }: { readonly dir?: string; readonly packaged?: boolean }, cwd: string): string {
  if (packaged && dir !== undefined) throw new UsageError('Options --packaged and --dir exclude each other: one folder is read.');
  return packaged ? PACKAGED_PROMPTS : path.resolve(cwd, dir ?? 'prompts');
}

interface NamedVersion {
  readonly name: string;
  readonly content: PromptContent;
}

function nameOf({ name, content }: NamedVersion): string {
  return `${name} (${contentHash(content).slice(0, SHORT_HASH)})`;
}

async function released(registry: RegistryTable, id: string, version: number, where: string): Promise<NamedVersion> {
  const found = await findVersion(registry, id, version);
  if (found === undefined) throw new RegistryError(`Prompt ${id} has no version ${version} in ${where} (see blueprint prompts list).`);
  return { name: `version ${version} in ${where}`, content: found.content };
}

function newestOf({ id, versions }: PromptFolder): NamedVersion {
  const newest = versions.at(-1);
  if (newest === undefined) throw new TypeError(`the folder of ${id} has no version`);
  return { name: `version ${newest.version} in the folder`, content: newest.content };
}

function asTable(prompts: readonly ListedPrompt[]): string {
  const rows = prompts.map(({ id, versions, labels }) => [
    id,
    versions.at(-1)?.owner ?? '',
    String(versions.at(-1)?.version ?? ''),
    labels.map((record) => `${record.label}: ${inWords(record)}`).join('; '),
  ]);
  return asColumns([['PROMPT', 'OWNER', 'NEWEST', 'LABELS'], ...rows]);
}

function asDetails({ versions, labels }: ListedPrompt): string {
  const labelsOf = (version: number) =>
    labels
      .filter((record) => record.version === version)
      .map(({ label }) => label)
      .join(', ');
  const rows = versions.map(({ version, hash, owner, createdAt }) => [
    String(version),
    hash.slice(0, SHORT_HASH),
    owner,
    isoTime(createdAt),
    labelsOf(version),
  ]);
  const said = labels.map((record) => `${record.label}: ${inWords(record)}`);
  return [asColumns([['VERSION', 'HASH', 'OWNER', 'PUSHED', 'LABELS'], ...rows]), ...said].join('\n');
}
