import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQS } from '@aws-sdk/client-sqs';
import { loadEnvironment } from '../../config/load';
import { shippedAgentNames } from '../../config/agents';
import { countDeadLetters, type DeadLetter, type DeadLetterQueues, redrive, withDeadLetters } from '../dead-letters';
import { CommandError, UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns, isoTime } from './format';
import { unknown } from './options';
import { type PlatformSubcommand, runPlatformCommand } from './platform-command';
import { environmentHelp, environmentOptions, noMore, type Print } from './subcommands';
import type { PlatformTarget } from './target';

const help = `blueprint dlq: events that agents have given up

  blueprint dlq list
  blueprint dlq show <agent> [--id <message>]             with why each failed last
  blueprint dlq redrive <agent> (--id <message> | --all)  back to the agent's queue
  blueprint dlq discard <agent> (--id <message> | --all)  deleted for good

An event that is given again is worked on once, however often it was tried.

${environmentHelp}`;

const options = { ...environmentOptions, id: 'string', all: 'boolean' } as const;
type DlqSubcommand = PlatformSubcommand<typeof options>;

const list: DlqSubcommand = {
  options: environmentOptions,
  prepare({ positionals }) {
    noMore(positionals, 0, 'dlq list');
    return async (platform, print) => {
      const sqs = new SQS(platform.connection);
      const { agents = {} } = loadEnvironment(platform.environment);
      const counts = await Promise.all(
        Object.keys(agents).map(async (agent) => {
          const deadLetterUrl = await platform.parameter(`agent-${agent}-dead-letters`);
          return { agent, messages: await countDeadLetters({ sqs, deadLetterUrl }) };
        }),
      );
      sqs.destroy();
      print(counts, asColumns([['AGENT', 'MESSAGES'], ...counts.map(({ agent, messages }) => [agent, String(messages)])]));
    };
  },
};

const show: DlqSubcommand = {
  options: { ...environmentOptions, id: 'string' },
  prepare({ values: { id }, positionals }) {
    const agent = agentOf(positionals, 'show');
    return (platform, print) =>
      withQueues(platform, agent, async (queues) => {
        const letters = await withDeadLetters(queues, id, async () => false);
        found(letters, id, agent);
        print(
          letters.map(asJson),
          letters.length === 0 ? `Nothing lies in the dead-letter queue of agent ${agent}.` : letters.map(inWords).join('\n\n'),
        );
      });
  },
};

/** A subcommand that takes messages out. */
function emptying(name: string, done: string, work: (queues: DeadLetterQueues, letter: DeadLetter) => Promise<true>): DlqSubcommand {
  return {
    options,
    prepare({ values: { id, all }, positionals }) {
      const agent = agentOf(positionals, name);
      if ((id === undefined) === (all === undefined))
        throw new UsageError(`blueprint dlq ${name} needs --id <message> or --all, and not both.`);
      return (platform, print) =>
        withQueues(platform, agent, async (queues) => {
          const letters = await withDeadLetters(queues, id, (letter) => work(queues, letter));
          found(letters, id, agent);
          tell(letters, `${done} ${letters.length} of agent ${agent}.`, print);
        });
    },
  };
}

const subcommands = {
  list,
  show,
  redrive: emptying('redrive', 'Given again:', redrive),
  discard: emptying('discard', 'Deleted:', async () => true),
};

/** `blueprint dlq …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function dlqCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runPlatformCommand({ help, subcommands }, args, context);
}

function agentOf(positionals: readonly string[], name: string): string {
  noMore(positionals, 1, `dlq ${name}`);
  const [agent] = positionals;
  if (agent === undefined) throw new UsageError(`blueprint dlq ${name} needs the name of an agent (see blueprint dlq list).`);
  if (!shippedAgentNames.some((known) => known === agent)) throw new UsageError(unknown('agent', agent, shippedAgentNames));
  return agent;
}

async function withQueues(platform: PlatformTarget, agent: string, work: (queues: DeadLetterQueues) => Promise<void>): Promise<void> {
  const names = [`agent-${agent}-dead-letters`, `agent-${agent}-queue`, 'runs-table'];
  const [deadLetterUrl = '', queueUrl = '', runsTable = ''] = await Promise.all(names.map(platform.parameter));
  const sqs = new SQS(platform.connection);
  const dynamodb = new DynamoDBClient(platform.connection);
  try {
    await work({ sqs, dynamodb, deadLetterUrl, queueUrl, runsTable });
  } finally {
    sqs.destroy();
    dynamodb.destroy();
  }
}

function found(letters: readonly DeadLetter[], id: string | undefined, agent: string): void {
  if (id !== undefined && letters.length === 0) {
    throw new CommandError(
      `There is no message ${id} in the dead-letter queue of agent ${agent}, or somebody else is looking at it: try again in a minute.`,
    );
  }
}

function tell(letters: readonly DeadLetter[], text: string, print: Print): void {
  print(
    letters.map(({ id }) => id),
    text,
  );
}

function asJson({ id, body, sentAtMs, failure }: DeadLetter): object {
  return { id, sent_at: isoTime(sentAtMs), body, failure: failure ?? null };
}

function inWords({ id, body, sentAtMs, failure }: DeadLetter): string {
  const why =
    failure === undefined
      ? 'Nobody has said why: its process died, or ran out of time.'
      : `${failure.error}: ${failure.reason}\n  received ${failure.receives} times, last at ${isoTime(failure.failedAtMs)}${failure.callId === undefined ? '' : `; call ${failure.callId}`}`;
  return `Message ${id}, sent ${isoTime(sentAtMs)}\n  ${why}\n  ${body}`;
}
