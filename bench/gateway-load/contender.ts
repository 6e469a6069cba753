import type { RunningProcess } from './processes';

/** A gateway that is measured. */
export interface Contender {
  /** What its callers name the model. */
  readonly model: string;
  /** What its callers send. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answered with 200 as soon as it serves. */
  readonly healthPath: string;
  start(port?: number): Promise<RunningProcess>;
}

const POLL_MS = 2;
const MAX_START_MS = 30_000;

/** From the start of the process until it answers, in milliseconds. */
export async function coldStartMs(contender: Contender, port: number): Promise<number> {
  const beforeMs = performance.now();
  const starting = contender.start(port);
  try {
    while (performance.now() - beforeMs < MAX_START_MS) {
      const answer = await fetch(`http://127.0.0.1:${port}${contender.healthPath}`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.ok === true) return performance.now() - beforeMs;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`no answer on ${contender.healthPath} within ${MAX_START_MS} ms`);
  } finally {
    await (await starting).stop();
  }
}
