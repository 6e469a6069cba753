import { createReviewClient, type ReviewClient, type ReviewDetail } from '../review-client';
import { UsageError } from './cli-error';
import type { CommandContext } from './context';
import { asColumns } from './format';
import type { ParsedOptions } from './options';
import { type PlatformSubcommand, runPlatformCommand } from './platform-command';
import { environmentHelp, environmentOptions, noMore } from './subcommands';

const help = `blueprint reviews: what agents leave to people

  blueprint reviews list [--agent <name>]
  blueprint reviews show <id>
  blueprint reviews claim <id>                                  yours for half an hour
  blueprint reviews release <id>
  blueprint reviews approve <id> [--note <text>]                the agent acts
  blueprint reviews amend <id> --output <json> [--note <text>]  the agent acts by your answer in place of its own
  blueprint reviews reject <id> [--note <text>]                 nothing is done

Approve, amend and reject claim the case first. A case is resolved once; one that nobody resolves in time is denied.

${environmentHelp}`;

const options = { ...environmentOptions, agent: 'string', output: 'string', note: 'string' } as const;
type ReviewSubcommand = PlatformSubcommand<typeof options>;

const list: ReviewSubcommand = {
  options: { ...environmentOptions, agent: 'string' },
  prepare({ values: { agent }, positionals }) {
    noMore(positionals, 0, 'reviews list');
    return async (platform, print) => {
      const cases = await (await createReviewClient(platform)).list(agent);
      const rows = cases.map((item) => [
        item.id,
        item.agent,
        item.confidence.toFixed(2),
        item.claimed_by ?? '',
        item.opened_at,
        item.expires_at,
      ]);
      const table = asColumns([['ID', 'AGENT', 'CONFIDENCE', 'CLAIMED BY', 'OPENED', 'EXPIRES'], ...rows]);
      print(cases, cases.length === 0 ? 'No reviews wait.' : table);
    };
  },
};

/** A subcommand on one case. */
function onCase(
  name: string,
  kinds: ReviewSubcommand['options'],
  work: (id: string, values: ParsedOptions<typeof options>['values']) => (client: ReviewClient) => Promise<ReviewDetail>,
): ReviewSubcommand {
  return {
    options: { ...environmentOptions, ...kinds },
    prepare({ values, positionals }) {
      noMore(positionals, 1, `reviews ${name}`);
      const [id] = positionals;
      if (id === undefined) throw new UsageError(`blueprint reviews ${name} needs the id of a review (see blueprint reviews list).`);
      const run = work(id, values);
      return async (platform, print) => {
        const found = await run(await createReviewClient(platform));
        print(found, inWords(found));
      };
    },
  };
}

const noted = { note: 'string' } as const;
const subcommands = {
  list,
  show: onCase('show', {}, (id) => (client) => client.show(id)),
  claim: onCase('claim', {}, (id) => (client) => client.claim(id)),
  release: onCase('release', {}, (id) => (client) => client.release(id)),
  approve: onCase('approve', noted, (id, { note }) => claimAndResolve(id, { verdict: 'approve', note })),
  amend: onCase('amend', { ...noted, output: 'string' }, (id, { note, output }) =>
    claimAndResolve(id, { verdict: 'amend', note, output: parseOutput(output) }),
  ),
  reject: onCase('reject', noted, (id, { note }) => claimAndResolve(id, { verdict: 'reject', note })),
};

/** `blueprint reviews …`. @throws UsageError, CommandError or ConfigError, each with a message for people. */
export async function reviewsCommand(args: readonly string[], context: CommandContext): Promise<void> {
  await runPlatformCommand({ help, subcommands }, args, context);
}

function claimAndResolve(id: string, resolution: object): (client: ReviewClient) => Promise<ReviewDetail> {
  return async (client) => {
    await client.claim(id);
    return client.resolve(id, resolution);
  };
}

function parseOutput(text: string | undefined): unknown {
  if (text === undefined) throw new UsageError('blueprint reviews amend needs --output <json>, the whole answer in place of the agent’s.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Option --output is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function inWords({
  id,
  agent,
  confidence,
  state,
  verdict,
  resolved_by,
  claimed_by,
  call_id,
  input,
  prediction,
  effects,
}: ReviewDetail): string {
  const whose = verdict === null ? (claimed_by === null ? '' : ` by ${claimed_by}`) : `: ${verdict} by ${resolved_by ?? 'nobody in time'}`;
  const planned = effects.map(({ effect, input: given }) => `  ${effect} ${JSON.stringify(given)}`);
  return [
    `Review ${id} of agent ${agent} is ${state}${whose}. Confidence ${confidence}; call ${call_id}.`,
    `Event:   ${JSON.stringify(input)}`,
    `Answer:  ${JSON.stringify(prediction)}`,
    planned.length === 0 ? 'Nothing would be done.' : `If approved:\n${planned.join('\n')}`,
  ].join('\n');
}
