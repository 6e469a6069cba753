import * as os from 'node:os';
import type { LoadResult } from './load';

/** The mock itself, called directly, is what the gateways add to. */
export type Measured = 'upstream' | 'ours' | 'peer';

export interface Series {
  readonly mode: 'plain' | 'stream';
  readonly connections: number;
  /** One per round. */
  readonly results: Map<Measured, readonly (LoadResult & { readonly residentBytes: number; readonly cpuMs: number })[]>;
}

export interface Report {
  readonly peerName: string;
  readonly rounds: number;
  readonly seconds: number;
  /** Of load before, in each mode. */
  readonly warmUpSeconds: number;
  readonly deltas: number;
  /** Medians, from the start of the process to its first answer, in milliseconds. */
  readonly coldStart: { readonly ours: number; readonly peer: number };
  readonly standInSeries: readonly Series[];
  readonly embeddedSeries: readonly Series[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

export function renderReport(report: Report): string {
  const { peerName, rounds, seconds, warmUpSeconds, deltas, coldStart, standInSeries, embeddedSeries } = report;
  const lines = [
    '# Gateway under load',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim()}), Node ${process.version}, ${os.type()}. Made by \`npm run bench:gateway\`.`,
    '',
    `Our server (\`dist/server\`, one process; authentication, audit, accounting, logs and metrics on) and ${peerName}, in turn, against one mock`,
    `upstream that answers at once with ${deltas} deltas. The load, the mock and the store run on the same cores. Medians of ${rounds} rounds of ${seconds} s each,`,
    `after ${warmUpSeconds} s of load in each case; ours is started with the settings of docs/server.md, the peer as its package starts it.`,
    '"added" is the difference to the mock called directly at the same number of connections. The ratios are what matters: all else is this machine.',
    '',
    '## A store that answers at once',
    '',
    '| | connections | requests/s: ours | peer | ratio | added p50 ms: ours | peer | added p99 ms: ours | peer | added first byte ms: ours | peer | CPU ms/call: ours | peer |',
    `${'| --- '.repeat(13)}|`,
    ...standInSeries.map(comparison),
    '',
    `Resident memory at most: ours ${megabytes(standInSeries, 'ours')} MB, peer ${megabytes(standInSeries, 'peer')} MB. From the start of the process to its first answer: ours ${coldStart.ours.toFixed(0)} ms, peer ${coldStart.peer.toFixed(0)} ms.`,
    '',
  ];
  if (embeddedSeries.length > 0) {
    lines.push(
      '## The embedded store, in a process of its own, on disk',
      '',
      '| | connections | requests/s | added p50 ms | added p99 ms | added first byte ms |',
      '| --- | --- | --- | --- | --- | --- |',
      ...embeddedSeries.map(alone),
      '',
      `Resident memory at most: ${megabytes(embeddedSeries, 'ours')} MB.`,
      '',
    );
  }
  return lines.join('\n');
}

function comparison(series: Series): string {
  const rate = (name: Measured) => of(series, name, 'requestsPerSecond');
  const cells = [
    series.mode,
    series.connections,
    rate('ours').toFixed(0),
    rate('peer').toFixed(0),
    `**${(rate('ours') / rate('peer')).toFixed(2)}**`,
    ...(['p50Ms', 'p99Ms'] as const).flatMap((member) => [added(series, 'ours', member), added(series, 'peer', member)]),
    ...(series.mode === 'stream' ? [added(series, 'ours', 'firstByteMs'), added(series, 'peer', 'firstByteMs')] : ['', '']),
    ...(['ours', 'peer'] as const).map((name) => of(series, name, 'cpuMs').toFixed(2)),
  ];
  return row(cells);
}

function alone(series: Series): string {
  return row([
    series.mode,
    series.connections,
    of(series, 'ours', 'requestsPerSecond').toFixed(0),
    added(series, 'ours', 'p50Ms'),
    added(series, 'ours', 'p99Ms'),
    series.mode === 'stream' ? added(series, 'ours', 'firstByteMs') : '',
  ]);
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

type Member = 'cpuMs' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'firstByteMs' | 'residentBytes';

function of({ results }: Series, name: Measured, member: Member): number {
  return median((results.get(name) ?? []).map((result) => result[member]));
}

function added(series: Series, name: Measured, member: 'p50Ms' | 'p99Ms' | 'firstByteMs'): string {
  return (of(series, name, member) - of(series, 'upstream', member)).toFixed(2);
}

function megabytes(series: readonly Series[], name: Measured): string {
  const bytes = series.flatMap(({ results }) => (results.get(name) ?? []).map(({ residentBytes }) => residentBytes));
  return (Math.max(...bytes) / 1e6).toFixed(0);
}
