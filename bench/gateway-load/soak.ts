import type { LoadResult } from './load';
import type { RunningProcess } from './processes';

const MINUTE_SECONDS = 60;
const SAMPLE_MS = 1_000;
export const SOAK_HEADING = '## Soak';

export interface SoakMinute {
  readonly requests: number;
  /** The highest of the minute, sampled each second. */
  readonly highestBytes: number;
  readonly endBytes: number;
}

export interface Soak {
  readonly connections: number;
  readonly startBytes: number;
  readonly minutes: readonly SoakMinute[];
}

/** Puts load on a server for a time, minute by minute, and reads its resident memory. @param put Loads it for so many seconds. */
export async function soak(
  server: RunningProcess,
  seconds: number,
  connections: number,
  put: (seconds: number) => Promise<readonly LoadResult[]>,
): Promise<Soak> {
  const startBytes = server.residentBytes();
  const minutes: SoakMinute[] = [];
  for (let left = seconds; left > 0; left -= MINUTE_SECONDS) {
    let highestBytes = 0;
    const sample = setInterval(() => {
      highestBytes = Math.max(highestBytes, server.residentBytes());
    }, SAMPLE_MS);
    const results = await put(Math.min(left, MINUTE_SECONDS));
    clearInterval(sample);
    const endBytes = server.residentBytes();
    minutes.push({
      requests: results.reduce((sum, { requests }) => sum + requests, 0),
      highestBytes: Math.max(highestBytes, endBytes),
      endBytes,
    });
    process.stderr.write(`minute ${minutes.length}\n`);
  }
  return { connections, startBytes, minutes };
}

export function renderSoak({ connections, startBytes, minutes }: Soak): string {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return [
    SOAK_HEADING,
    '',
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}: ${connections} connections without a pause, half of them plain calls and half streams; a store that answers at once.`,
    `Resident memory before the first call: ${megabytes(startBytes)} MB.`,
    '',
    '| minute | requests | MB at its end | MB at most |',
    '| --- | --- | --- | --- |',
    ...minutes.map(({ requests, endBytes, highestBytes }, index) =>
      [`| ${index + 1}`, requests, megabytes(endBytes), `${megabytes(highestBytes)} |`].join(' | '),
    ),
    '',
  ].join('\n');
}

/** A report's sections from the soak on, which a comparison leaves as they are. Empty where there are none. */
export function laterSectionsOf(report: string): string {
  const start = report.indexOf(SOAK_HEADING);
  return start === -1 ? '' : report.slice(start);
}
