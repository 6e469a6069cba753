import path from 'node:path';
import { createSignedFetch } from '../../client';
import { RegistryError } from '../../lambdas/core/administration/registry-input';
import { DEFAULT_LABEL } from '../../lambdas/core/prompts/label';
import { compare } from '../evals/compare';
import type { Asked, GatewayFetch } from '../evals/ask-prompt';
import { asText, type EvalReport, isBelow } from '../evals/report';
import { runSuite } from '../evals/run-suite';
import { type EvalSuite, readSuite } from '../evals/suite';
import { DEMO_KEY } from '../local/gateways';
import { PACKAGED_EVALS, PACKAGED_PROMPTS } from '../packaged';
import { type PromptFolder, promptIdsIn, readPromptFolder } from '../prompts/prompt-folder';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import type { ParsedOptions } from './options';
import { type PlatformSubcommand, runPlatformCommand } from './platform-command';
import { labelOf, promptIdOf, versionOf } from './prompt-options';
import { environmentHelp, environmentOptions, noMore } from './subcommands';
import type { PlatformTarget } from './target';

const help = `blueprint evals: whether prompts still answer as they should

  blueprint evals run [<prompt>]              every case of its suite, by calls of the gateway; all prompts that have a suite when none is named
  blueprint evals run <prompt> --version <n>  a version, before it is promoted
  blueprint evals run <prompt> --version <n> --against <m>
                                              and another, on the same cases

  --label <name>    what this label gives (production when absent)
  --floor <share>   in place of the suite's own, from 0 to 1
  --dir <folder>    where the prompts are (prompts when absent)
  --evals <folder>  where the suites are (evals when absent)
  --packaged        prompts and suites of the agents of the package, instead

Ends with 1 when a suite is below its floor, or a case was not answered. Calls are made with the key in BLUEPRINT_API_KEY, else signed as whoever runs it.

${environmentHelp}`;

const options = {
  ...environmentOptions,
  version: 'string',
  against: 'string',
  label: 'string',
  floor: 'string',
  dir: 'string',
  evals: 'string',
  packaged: 'boolean',
} as const;

const SIMULATED = '\n\nAnswers of the emulator are simulated: what passes or fails here says nothing of how good a prompt is.';

type Values = ParsedOptions<typeof options>['values'];

/** What is put to which prompt. */
interface Job {
  readonly prompt: PromptFolder;
  readonly suite: EvalSuite;
}

/** `blueprint evals …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function evalsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const running: PlatformSubcommand<typeof options> = {
    options,
    prepare({ values, positionals }) {
      noMore(positionals, 1, 'evals run');
      const asked = askedFor(values, positionals);
      const against: Asked | undefined = values.against === undefined ? undefined : { version: versionOf(values.against, 'list') };
      const jobs = explained(() => jobsOf(values, positionals, context.cwd));
      return async (platform, print) => {
        const gateway = await gatewayOf(platform, values.local ?? false);
        const reports: EvalReport[] = [];
        for (const { prompt, suite } of jobs) {
          const result = await runSuite(gateway, prompt, suite, asked);
          const before = against && (await runSuite(gateway, prompt, suite, against));
          reports.push(before === undefined ? { result } : { result, before, comparison: compare(result, before) });
        }
        print(reports, asText(reports) + (values.local ? SIMULATED : ''));
        const below = reports.filter(({ result }) => isBelow(result)).map(({ result }) => result.prompt);
        if (below.length > 0) throw new CommandError(`Below the floor, or not answered in full: ${below.join(', ')}.`);
      };
    },
  };
  await runPlatformCommand({ help, subcommands: { run: running } }, args, context);
}

/** @throws UsageError */
function askedFor({ version, against, label }: Values, positionals: readonly string[]): Asked {
  if (positionals.length === 0 && (version ?? against) !== undefined)
    throw new UsageError('Options --version and --against need a prompt: versions are of one.');
  if (version !== undefined && label !== undefined)
    throw new UsageError('Options --version and --label exclude each other: send one of them.');
  return version === undefined ? { label: labelOf({ label: label ?? DEFAULT_LABEL }) } : { version: versionOf(version, 'list') };
}

/** @throws UsageError; InvalidInputError for what is no prompt, or no suite. */
function jobsOf(values: Values, positionals: readonly string[], cwd: string): readonly Job[] {
  const { packaged, dir, evals } = values;
  if (packaged && (dir ?? evals) !== undefined) throw new UsageError('Option --packaged excludes --dir and --evals: it names both.');
  const prompts = packaged ? PACKAGED_PROMPTS : path.resolve(cwd, dir ?? 'prompts');
  const suites = packaged ? PACKAGED_EVALS : path.resolve(cwd, evals ?? 'evals');
  const floor = floorOf(values.floor);
  const jobOf = (prompt: PromptFolder, name: string): Job => ({
    prompt,
    suite: { ...readSuite(suites, name), ...(floor !== undefined && { floor }) },
  });
  if (positionals.length > 0) {
    const prompt = readPromptFolder(prompts, promptIdOf(positionals, 'list'));
    const name = suiteOf(prompt);
    if (name !== undefined) return [jobOf(prompt, name)];
    throw new CommandError(`Prompt ${prompt.id} has no suite: name one in its newest version, as "evalSuite".`);
  }
  const jobs = promptIdsIn(prompts).flatMap((id) => {
    const prompt = readPromptFolder(prompts, id);
    const name = suiteOf(prompt);
    return name === undefined ? [] : [jobOf(prompt, name)];
  });
  if (jobs.length === 0) throw new CommandError(`No prompt in ${prompts} names a suite, as "evalSuite" in its newest version.`);
  return jobs;
}

function suiteOf({ versions }: PromptFolder): string | undefined {
  return versions.at(-1)?.content.evalSuite;
}

function floorOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const floor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (floor >= 0 && floor <= 1) return floor;
  throw new UsageError(`Option --floor is "${text}"; it must be a share from 0 to 1, as in 0.9.`);
}

async function gatewayOf(platform: PlatformTarget, isLocal: boolean): Promise<GatewayFetch> {
  const url = (await platform.parameter('gateway-url')).replace(/\/$/, '');
  const key = process.env.BLUEPRINT_API_KEY ?? (isLocal ? DEMO_KEY : undefined);
  if (key === undefined) {
    const signed = createSignedFetch({ region: platform.connection.region, credentials: platform.credentials });
    return (place, init) => signed(`${url}/iam/v1${place}`, init);
  }
  return (place, init) => fetch(`${url}/v1${place}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } });
}

/** What is wrong in a file is told as a command's own error. */
function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RegistryError ? new CommandError(error.message, { cause: error }) : error;
  }
}
