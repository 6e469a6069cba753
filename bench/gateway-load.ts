import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleServer } from '../scripts/bundle';
import { coldStartMs, type Contender } from './gateway-load/contender';
import { type LoadResult, putLoad } from './gateway-load/load';
import { ourGateway } from './gateway-load/ours';
import { installPeer, peerGateway, peerName } from './gateway-load/peer';
import { freePort, type RunningProcess, startProcess } from './gateway-load/processes';
import { renderSoak, soak, SOAK_HEADING, laterSectionsOf } from './gateway-load/soak';
import { withSection } from './results-section';
import { type Measured, median, renderReport, type Series } from './gateway-load/report';

/**
 * Our server and a peer, in turn, on this machine, against one mock upstream that answers at once: `npm run bench:gateway`. Loopback only. A run
 * takes about rounds × cases × 5 × seconds, and 2 minutes to warm up: 8 minutes with the defaults.
 */

const { values: args } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** Of load, for each contender, case and round. */
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '1,16,64' },
    /** `plain`, `stream` or both. */
    modes: { type: 'string', default: 'plain,stream' },
    /** Pieces of the mock's answer. */
    deltas: { type: 'string', default: '16' },
    starts: { type: 'string', default: '5' },
    /** Without the embedded store's table. */
    short: { type: 'boolean', default: false },
    /** Where the results go; `-` is the terminal. */
    output: { type: 'string', default: path.join(__dirname, 'RESULTS.md') },
    /** Only this, in place of the comparison: seconds of load at 64 connections. Its section replaces the last one in the results. */
    soak: { type: 'string' },
    /** For our server's process alone: `--node-arg=--cpu-prof`. */
    'node-arg': { type: 'string', multiple: true, default: [] },
  },
});

const MAX_SECONDS = 30;
const MAX_ROUNDS = 50;
const MAX_SOAK_SECONDS = 900;
const SOAK_CONNECTIONS = 64;
const MAX_REQUESTS = 1_000_000;
/** Of each case: what a server's functions are compiled to changes for some ten thousand calls, and again where calls are of another kind. */
const WARM_UP_SECONDS = 4;

type Mode = Series['mode'];

interface Target {
  readonly name: Measured;
  readonly contender: Pick<Contender, 'model' | 'headers'>;
  readonly server: RunningProcess;
}

function bounded(name: 'rounds' | 'seconds' | 'deltas' | 'starts' | 'soak', max: number): number {
  const value = Number(args[name]);
  if (!(value > 0 && value <= max)) throw new Error(`--${name} must be more than 0 and at most ${max}, received ${args[name]}`);
  return value;
}

async function load({ contender, server }: Target, mode: Mode, connections: number, seconds: number): Promise<LoadResult> {
  const body = {
    model: contender.model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant who answers in one sentence.' },
      { role: 'user', content: 'What is the capital of France, and how many people live there?' },
    ],
    max_tokens: 100,
    temperature: 0.2,
    ...(mode === 'stream' ? { stream: true } : {}),
  };
  return putLoad({
    port: server.port,
    path: '/v1/chat/completions',
    headers: contender.headers,
    body: JSON.stringify(body),
    expected: mode === 'stream' ? 'data: [DONE]' : '"finish_reason":"stop"',
    connections,
    seconds,
    maxRequests: MAX_REQUESTS,
  });
}

/** Each case for each target in each round, in turn: what changes on the machine meanwhile meets all of them. */
async function measure(
  targets: readonly Target[],
  connections: readonly number[],
  modes: readonly Mode[],
  rounds: number,
): Promise<Series[]> {
  const seconds = bounded('seconds', MAX_SECONDS);
  const series: Series[] = modes.flatMap((mode) => connections.map((count) => ({ mode, connections: count, results: new Map() })));
  for (const target of targets) {
    for (const { mode, connections: count } of series) await load(target, mode, count, WARM_UP_SECONDS);
  }
  for (let round = 0; round < rounds; round++) {
    for (const { mode, connections: count, results } of series) {
      for (const target of targets) {
        const before = target.server.cpuMs();
        const result = await load(target, mode, count, seconds);
        const cpuMs = (target.server.cpuMs() - before) / result.requests;
        results.set(target.name, [...(results.get(target.name) ?? []), { ...result, cpuMs, residentBytes: target.server.residentBytes() }]);
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return series;
}

async function coldStarts(contender: Contender, count: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < count; run++) times.push(await coldStartMs(contender, await freePort()));
  return median(times);
}

/** Our server alone, over the stand-in of the store. */
async function runSoak(): Promise<void> {
  const seconds = bounded('soak', MAX_SOAK_SECONDS);
  const half = SOAK_CONNECTIONS / 2;
  await bundleServer();
  await withProcesses(async (run, folder) => {
    const upstream = await run(startProcess('upstream', String(bounded('deltas', 1_000))));
    const store = await run(startProcess('store', 'stand-in'));
    const ours = ourGateway(folder, upstream.port, store.port, args['node-arg']);
    const target: Target = { name: 'ours', contender: ours, server: await run(ours.start()) };
    const done = await soak(target.server, seconds, SOAK_CONNECTIONS, (part) =>
      Promise.all((['plain', 'stream'] as const).map((mode) => load(target, mode, half, part))),
    );
    write(withSection(earlierReport(), SOAK_HEADING, renderSoak(done)));
  });
}

function earlierReport(): string {
  return args.output !== '-' && fs.existsSync(args.output) ? fs.readFileSync(args.output, 'utf8') : '';
}

function write(report: string): void {
  if (args.output === '-') process.stdout.write(report);
  else fs.writeFileSync(args.output, report);
}

type Run = (starting: Promise<RunningProcess>) => Promise<RunningProcess>;

/** Stops whatever was started, and removes the folder, however the work ends. */
async function withProcesses(work: (run: Run, folder: string) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-gateway-load-'));
  const running: RunningProcess[] = [];
  try {
    await work(async (starting) => {
      const started = await starting;
      running.push(started);
      return started;
    }, folder);
  } finally {
    for (const started of running.toReversed()) await started.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

async function compare(): Promise<void> {
  const connections = (args.connections ?? '').split(',').map(Number);
  if (!connections.every((count) => Number.isInteger(count) && count > 0 && count <= 256))
    throw new Error('--connections: integers from 1 to 256');
  const modes = (args.modes ?? '').split(',') as Mode[];
  if (!modes.every((mode) => mode === 'plain' || mode === 'stream')) throw new Error('--modes: plain, stream');
  const rounds = bounded('rounds', MAX_ROUNDS);
  const deltas = bounded('deltas', 1_000);
  const starts = bounded('starts', 20);
  await bundleServer();
  const script = installPeer(path.join(os.tmpdir(), 'blueprint-bench-peer'));
  await withProcesses(async (run, folder) => {
    const upstream = await run(startProcess('upstream', String(deltas)));
    const standIn = await run(startProcess('store', 'stand-in'));
    const ours = ourGateway(folder, upstream.port, standIn.port, args['node-arg']);
    const peer = peerGateway(script, upstream.port);
    const direct: Target = { name: 'upstream', contender: { model: 'mock-1', headers: {} }, server: upstream };
    const targets: Target[] = [
      direct,
      { name: 'ours', contender: ours, server: await run(ours.start()) },
      { name: 'peer', contender: peer, server: await run(peer.start()) },
    ];
    const standInSeries = await measure(targets, connections, modes, rounds);
    const coldStart = { ours: await coldStarts(ours, starts), peer: await coldStarts(peer, starts) };
    let embeddedSeries: Series[] = [];
    if (!args.short) {
      await targets[1]?.server.stop();
      const embedded = await run(startProcess('store', 'embedded', path.join(folder, 'store')));
      const again = ourGateway(folder, upstream.port, embedded.port);
      embeddedSeries = await measure(
        [direct, { name: 'ours', contender: again, server: await run(again.start()) }],
        connections,
        modes,
        rounds,
      );
    }
    const report = renderReport({
      peerName,
      rounds,
      seconds: Number(args.seconds),
      deltas,
      warmUpSeconds: WARM_UP_SECONDS,
      coldStart,
      standInSeries,
      embeddedSeries,
    });
    const later = laterSectionsOf(earlierReport());
    write(later === '' ? report : `${report}\n${later}`);
  });
}

(args.soak === undefined ? compare() : runSoak()).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
