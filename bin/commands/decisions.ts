import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadEnvironment } from '../../config/load';
import { dayOf, type RunsTable } from '../../lambdas/core/agents/runs-table';
import { LabelError, labelDecision, trainingExamples } from '../../lambdas/core/agents/training-store';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { type PlatformSubcommand, runPlatformCommand } from './platform-command';
import { environmentHelp, environmentOptions, noMore } from './subcommands';
import type { PlatformTarget } from './target';

const help = `blueprint decisions: what agents have decided, to learn from

  blueprint decisions export <agent> [--from <day>] [--to <day>]   JSON lines: input, prediction, label, lineage (today when absent)
  blueprint decisions label <id> --label <json> [--source <name>]  what was right, as it turned out (source: outcome)

Labels of reviews are joined by themselves. A later label counts; none is changed.

${environmentHelp}`;

const AGENT = /^[a-z][a-z0-9-]{0,30}$/;

const options = { ...environmentOptions, from: 'string', to: 'string', label: 'string', source: 'string' } as const;

/** `blueprint decisions …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function decisionsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  const exporting: PlatformSubcommand<typeof options> = {
    options: { ...environmentOptions, from: 'string', to: 'string' },
    prepare({ values: { from, to }, positionals }) {
      noMore(positionals, 1, 'decisions export');
      const [agent] = positionals;
      if (agent === undefined) throw new UsageError('blueprint decisions export needs the name of an agent.');
      // Not held against the agents of the package: another app's are here, too.
      if (!AGENT.test(agent)) throw new UsageError(`"${agent}" is no name of an agent: lower-case letters, digits and hyphens.`);
      const last = to ?? dayOf(context.nowMs());
      return (platform) =>
        withRuns(platform, async (runs) => {
          let count = 0;
          for await (const example of trainingExamples(runs, agent, { from: from ?? last, to: last })) {
            count += 1;
            context.stdout.write(`${JSON.stringify(example)}\n`);
          }
          if (count === 0) context.stderr.write(`Agent ${agent} has decided nothing from ${from ?? last} to ${last}.\n`);
        });
    },
  };
  const label: PlatformSubcommand<typeof options> = {
    options: { ...environmentOptions, label: 'string', source: 'string' },
    prepare({ values: { label: text, source = 'outcome' }, positionals }) {
      noMore(positionals, 1, 'decisions label');
      const [id] = positionals;
      if (id === undefined || text === undefined)
        throw new UsageError('blueprint decisions label needs the id of a decision and --label <json>.');
      const value = parseJson(text);
      return (platform, print) =>
        withRuns(platform, async (runs) => {
          await labelDecision(runs, id, { source, value, atMs: context.nowMs() });
          print({ id, source, value }, `Decision ${id} is labelled by ${source}.`);
        });
    },
  };
  await runPlatformCommand({ help, subcommands: { export: exporting, label } }, args, context);
}

async function withRuns(platform: PlatformTarget, work: (runs: RunsTable) => Promise<void>): Promise<void> {
  const client = new DynamoDBClient(platform.connection);
  const { agentDays: retentionDays } = loadEnvironment(platform.environment).retention;
  try {
    await work({ client, table: await platform.parameter('runs-table'), retentionDays });
  } catch (error) {
    throw error instanceof LabelError ? new CommandError(error.message, { cause: error }) : error;
  } finally {
    client.destroy();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Option --label is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
