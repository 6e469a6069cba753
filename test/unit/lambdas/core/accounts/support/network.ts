import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import type { MemoryTable } from '../../../../../helpers/memory-table';
import type { Simulation } from '../../../../../helpers/simulation';

/** As the gateway's own client has it. */
const TIMEOUT_MS = 2_000;
const BACKOFF_MS = 50;

export interface Process {
  readonly skewMs: number;
  isDead: boolean;
}

/** What becomes of one message: how long it is under way, and what gets lost. Late ones arrive after their sender has given them up. */
const passage = fc.record({
  thereMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  ),
  backMs: fc.integer({ min: 0, max: 40 }),
  loses: fc.constantFrom(...Array<'nothing'>(10).fill('nothing'), 'request', 'answer'),
});

export type Draw = fc.GeneratorValue;

/** What a process asks, and how it arrives. A process that has died learns nothing any more and sends nothing; what it has sent goes on. */
export class Network {
  constructor(
    private readonly simulation: Simulation,
    private readonly draw: Draw,
  ) {}

  /** @throws what the work throws, or Error when no attempt had an answer. */
  async ask<T>(
    process: Process,
    maxAttempts: number,
    work: (attempt: number) => T,
  ): Promise<{ readonly value: T; readonly attempts: number }> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const answer = await this.#attempt(process, () => work(attempt));
      if (process.isDead) await new Promise(() => undefined);
      if (answer === 'none') await this.simulation.delay(BACKOFF_MS);
      else if ('error' in answer) throw answer.error;
      else return { value: answer.value, attempts: attempt };
    }
    throw new Error('The store did not answer.');
  }

  #attempt<T>(process: Process, work: () => T): Promise<'none' | { readonly value: T } | { readonly error: unknown }> {
    const { thereMs, backMs, loses } = this.draw(() => passage);
    return new Promise((resolve) => {
      if (process.isDead) return;
      this.simulation.at(TIMEOUT_MS, () => resolve('none'));
      if (loses === 'request') return;
      this.simulation.at(thereMs, () => {
        const answer = ended(work);
        if (loses !== 'answer') this.simulation.at(backMs, () => resolve(answer));
      });
    });
  }

  /** A table's client, as far as accounts use one. */
  client(process: Process, table: MemoryTable, maxAttempts: number): DynamoDBClient {
    const send = async (command: unknown): Promise<object> => {
      let sent = 0;
      const execute = (attempt: number) => {
        sent = Math.max(sent, attempt);
        return table.execute(command);
      };
      try {
        const { value, attempts } = await this.ask(process, maxAttempts, execute);
        return { ...value, $metadata: { attempts } };
      } catch (error) {
        // As the SDK says it of refusals too.
        if (error instanceof ConditionalCheckFailedException) error.$metadata.attempts = sent;
        throw error;
      }
    };
    return { send } as unknown as DynamoDBClient;
  }
}

function ended<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
