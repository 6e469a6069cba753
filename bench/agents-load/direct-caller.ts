import { setTimeout as sleep } from 'node:timers/promises';

export interface DirectCalls {
  readonly answered: number;
  /** Answers of another status than 200, by status. */
  readonly refused: Readonly<Record<number, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Calls the gateway with an API key at a steady rate, whether earlier calls have been answered or not. */
export class DirectCaller {
  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly perSecond: number,
  ) {}

  /** Calls for as long as the work takes. */
  async during(work: () => Promise<void>): Promise<DirectCalls> {
    const latencies: number[] = [];
    const refused: Record<number, number> = {};
    const calls: Promise<void>[] = [];
    const over = new AbortController();
    const working = work().finally(() => over.abort());
    while (!over.signal.aborted) {
      calls.push(this.call(latencies, refused));
      await Promise.race([working, sleep(1_000 / this.perSecond)]);
    }
    await working;
    await Promise.all(calls);
    return { answered: latencies.length, refused, p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99) };
  }

  /** So many calls together, which nobody measures. */
  async atOnce(calls: number): Promise<void> {
    await Promise.all(Array.from({ length: calls }, () => this.call([], {})));
  }

  private async call(latencies: number[], refused: Record<number, number>): Promise<void> {
    const startMs = performance.now();
    const response = await fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
      body: JSON.stringify({ model: 'nova-micro', messages: [{ role: 'user', content: 'Say hello.' }], max_completion_tokens: 32 }),
    });
    await response.text();
    if (response.status === 200) latencies.push(performance.now() - startMs);
    else refused[response.status] = (refused[response.status] ?? 0) + 1;
  }
}

/** The nearest rank; NaN of nothing. */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
}
