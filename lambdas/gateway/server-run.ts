import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../core/log';
import type { GatewayApp } from './environment';
import { createGatewayListener } from './server-listener';

/** Longer than the load balancers in front keep theirs (60 s as a rule): else one of them sends a request into a closing connection. */
const KEEP_ALIVE_MS = 65_000;

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long calls under way may go on after `stop`, in milliseconds. */
  readonly shutdownGraceMs: number;
}

export interface RunningServer {
  readonly port: number;
  /**
   * Takes no further connections, lets calls under way finish within the grace period, cancels what is left, and resolves when every call
   * is settled and every connection closed.
   */
  stop(): Promise<void>;
}

/** Serves the app. Rejects with the reason when it cannot listen. */
export async function runServer(app: GatewayApp, { host, port, shutdownGraceMs }: ServerOptions, log: Log): Promise<RunningServer> {
  const listener = createGatewayListener(app, log);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener.serve);
  server.listen(port, host);
  await once(server, 'listening');

  async function stop(): Promise<void> {
    const closed = once(server, 'close');
    // Closes idle connections too.
    server.close();
    const grace = setTimeout(listener.cancelAll, shutdownGraceMs);
    await listener.drain();
    clearTimeout(grace);
    server.closeAllConnections();
    await closed;
  }

  let stopping: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
