import { parseArgs } from 'node:util';

export interface LocalOptions {
  readonly check: boolean;
  readonly fresh: boolean;
  readonly help: boolean;
  /** Absent: the default, or any free port for a check. */
  readonly port?: number;
}

/** The command line says something that cannot be done. */
export class UsageError extends Error {}

export const USAGE = `npm start [-- options]

  --check        boot, make one streamed and one plain call, print the result as JSON and stop
  --fresh        empty .local/ first: state, assembly and logs
  --port <port>  port of the API (8765)
  --help         this text
`;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): LocalOptions {
  const { check, fresh, help, port } = parse(args);
  return { check, fresh, help, port: port === undefined ? undefined : parsePort(port) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        check: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        port: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]}\n\n${USAGE}`);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || text.trim() === '') {
    throw new UsageError(`--port is ${JSON.stringify(text)}; it must be a whole number from 1 to 65535.`);
  }
  return port;
}
