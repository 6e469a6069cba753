import { composeServer } from './server-compose';
import { createLineWriter } from './server-lines';
import { runServer } from './server-run';

/** The gateway on node:http: for containers and benchmarks. */
async function main(): Promise<void> {
  const lines = createLineWriter((text) => void process.stdout.write(text));
  // Whatever ends the process: the metrics that wait, and then all lines.
  process.on('exit', lines.flush);
  const { app, options, log, flushMetrics, close } = composeServer(process.env, lines);
  process.prependListener('exit', flushMetrics);
  const server = await runServer(app, options, log);
  log.info('listening', { host: options.host, port: server.port });

  async function shutDown(signal: NodeJS.Signals): Promise<void> {
    log.info('shutting down', { signal });
    await server.stop();
    await close();
    log.info('shut down', { signal });
    process.exit(0);
  }

  // Once: a second signal ends the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void shutDown(signal));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
