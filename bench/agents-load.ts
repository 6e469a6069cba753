import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { bundleAll } from '../scripts/bundle';
import { type LoadResult, runLoad } from './agents-load/load';
import { BATCH_SIZE, config, MAX_CONCURRENCY, MODEL_MS, RESERVED_CONCURRENCY, startLoadedPlatform } from './agents-load/platform';
import { withSection } from './results-section';

/**
 * `npm run bench:agents`: ten times an agent's normal rate of events, on the platform of `dev` in the emulator, with models that take 300 ms; and
 * beside it somebody who calls the gateway directly. Writes its own section of RESULTS.md, and fails when something was lost, done twice, or above its cap.
 */

const SECONDS = Number(process.env.SECONDS ?? 60);
const QUIET_SECONDS = Math.max(10, SECONDS / 3);
/** Four a second take an eighth of what the agent can do at its cap: 2 batches × 5 messages / 300 ms. Ten times that is more than it can. */
const NORMAL_PER_SECOND = 4;
const FACTOR = 10;
const DIRECT_PER_SECOND = 5;
const HIGHEST_RATIO = 2;
const EFFECTS_PER_EVENT = 2;
const RESULTS = path.join(__dirname, 'RESULTS.md');
const HEADING = '## Agents at ten times their normal rate';

interface Check {
  readonly what: string;
  readonly found: string;
  readonly wanted: string;
  readonly holds: boolean;
}

function checksOf(result: LoadResult): readonly Check[] {
  const { published, mostAtOnce, decided, strayDecisions, agentCalls, effectsDone, effectsOpen, left, deadLetters, quiet, loaded } = result;
  const ratio = loaded.p99Ms / quiet.p99Ms;
  const refused = Object.values(loaded.refused).reduce((sum, times) => sum + times, 0);
  const exactly = (what: string, found: number, wanted: number): Check => ({
    what,
    found: String(found),
    wanted: String(wanted),
    holds: found === wanted,
  });
  return [
    {
      what: "invocations of the agent's function at once, at most",
      found: String(mostAtOnce),
      wanted: `≤ ${MAX_CONCURRENCY}`,
      holds: mostAtOnce <= MAX_CONCURRENCY,
    },
    exactly('events with a decision', decided, published),
    exactly('decisions of anything else', strayDecisions, 0),
    exactly("models' answers to the agent", agentCalls, published),
    exactly('effects done', effectsDone, published * EFFECTS_PER_EVENT),
    exactly('effects of which nobody knows', effectsOpen, 0),
    exactly('messages left in the queue', left, 0),
    exactly('messages in the dead-letter queue', deadLetters, 0),
    exactly('direct calls refused', refused, 0),
    {
      what: 'p99 of direct calls under load, of that before',
      found: `${ratio.toFixed(2)} ×`,
      wanted: `≤ ${HIGHEST_RATIO} ×`,
      holds: ratio <= HIGHEST_RATIO,
    },
  ];
}

function report(result: LoadResult, checks: readonly Check[]): string {
  const { published, backlog, drainedMs, throttled, quiet, loaded } = result;
  const { requestsPerSecond, burst } = config.limits;
  return [
    HEADING,
    '',
    `${new Date().toISOString().slice(0, 10)}, ${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim()}), Node ${process.version}, ${os.type()}. Made by \`npm run bench:agents\`.`,
    '',
    `The platform of \`dev\` in the emulator, on the same cores as the load; models take ${MODEL_MS} ms. The agent \`churn\` has a \`maxConcurrency\` of ${MAX_CONCURRENCY} batches of ${BATCH_SIZE},`,
    `the gateway reserves ${RESERVED_CONCURRENCY}. Normal is stated as ${NORMAL_PER_SECOND} events/s: ${published} events come at ${NORMAL_PER_SECOND * FACTOR}/s in ${SECONDS} s. The front door lets ${requestsPerSecond} requests/s`,
    `through for AWS identities (burst ${burst}) and as many for API keys: it refused ${throttled}, for which the agent waited. A direct caller asks ${DIRECT_PER_SECOND} times a second. All functions had started before.`,
    '',
    '| | found | wanted | |',
    '| --- | --- | --- | --- |',
    ...checks.map(({ what, found, wanted, holds }) => `| ${what} | ${found} | ${wanted} | ${holds ? 'yes' : '**NO**'} |`),
    '',
    `The backlog was ${backlog} messages at most, and ${result.left} ${(drainedMs / 1_000).toFixed(0)} s after the last event. Direct calls: p50 ${quiet.p50Ms.toFixed(0)} ms and p99 ${quiet.p99Ms.toFixed(0)} ms before (${quiet.answered} calls),`,
    `p50 ${loaded.p50Ms.toFixed(0)} ms and p99 ${loaded.p99Ms.toFixed(0)} ms from the first event until the queue was empty (${loaded.answered} calls).`,
    '',
  ].join('\n');
}

async function main(): Promise<void> {
  await bundleAll();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'agents-load-'));
  const platform = await startLoadedPlatform(path.join(folder, 'cdk.out'));
  try {
    const result = await runLoad(platform, {
      eventsPerSecond: NORMAL_PER_SECOND * FACTOR,
      seconds: SECONDS,
      quietSeconds: QUIET_SECONDS,
      directPerSecond: DIRECT_PER_SECOND,
      drainSeconds: SECONDS * FACTOR,
    });
    const checks = checksOf(result);
    const section = report(result, checks);
    fs.writeFileSync(RESULTS, withSection(fs.readFileSync(RESULTS, 'utf8'), HEADING, section));
    process.stdout.write(section);
    if (checks.some(({ holds }) => !holds)) process.exitCode = 1;
  } finally {
    await platform.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

void main();
