import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { retryDelayMs } from '../backoff';
import type { EventContract } from './define-event';
import { type Entry, entryOf } from './entry';
import { inRequests } from './in-requests';
import { type FailedEvent, PublishError } from './publish-error';

/** What is used of the SDK's client: `new EventBridge({})` of `@aws-sdk/client-eventbridge` is one. */
export interface PutEventsClient {
  putEvents(input: { Entries: Entry[] }): Promise<{ readonly Entries?: readonly EntryResult[] | undefined }>;
}

interface EntryResult {
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

export interface PublisherOptions {
  readonly client: PutEventsClient;
  /** Name or ARN of the bus. */
  readonly bus: string;
  /** Waits before events that the bus did not take for a moment are sent again: five times in all. @default - by a timer */
  readonly wait?: (ms: number) => Promise<unknown>;
  /** Of such a wait: from 0 to 1, 1 excluded. @default Math.random */
  readonly random?: () => number;
}

/** One event to publish. */
export interface NewEvent<C extends EventContract = EventContract> {
  readonly contract: C;
  readonly data: z.input<C['data']>;
  /** Publishing again with the same id is the same event to its readers. @default - a random UUID */
  readonly id?: string;
}

export interface Publisher {
  /**
   * Publishes one event.
   *
   * @returns its id
   * @throws InvalidEventError before anything is sent, PublishError when the bus has not taken it
   */
  publish<C extends EventContract>(contract: C, data: z.input<C['data']>, options?: { readonly id?: string }): Promise<string>;
  /**
   * Publishes any number of events. All are checked before the first is sent.
   *
   * @returns their ids, in their order
   * @throws InvalidEventError before anything is sent, PublishError when the bus has not taken some
   */
  publishAll(events: readonly NewEvent[]): Promise<readonly string[]>;
}

/** Of an entry, that may pass: "Failures with PutEvents", Amazon EventBridge user guide. */
const MAY_PASS = new Set(['InternalFailure', 'InternalException', 'ThrottlingException']);
const RETRIES = { maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 1_000, maxRetryAfterMs: 0 };

/** Puts events on a bus that hold to their contracts. */
export function createPublisher({ client, bus, wait = sleep, random = Math.random }: PublisherOptions): Publisher {
  /** Puts the entries of one request; those that the bus did not take for a moment are put again, by themselves. */
  async function put(entries: readonly Entry[]): Promise<readonly FailedEntry[]> {
    const failed: FailedEntry[] = [];
    let left = entries;
    for (let sends = 1; ; sends++) {
      const { Entries: results = [] } = await client.putEvents({ Entries: [...left] });
      const refused = left.flatMap((entry, index) => refusalOf(entry, results[index]));
      failed.push(...refused.filter(({ code }) => !MAY_PASS.has(code)));
      const again = refused.filter(({ code }) => MAY_PASS.has(code));
      if (again.length === 0) return failed;
      const delayMs = retryDelayMs(
        RETRIES,
        { failures: sends, retryAfterSeconds: undefined, remainingMs: Number.POSITIVE_INFINITY },
        random,
      );
      if (delayMs === undefined) return [...failed, ...again];
      left = again.map(({ entry }) => entry);
      await wait(delayMs);
    }
  }

  async function publishAll(events: readonly NewEvent[]): Promise<readonly string[]> {
    const all = events.map(({ contract, data, id = randomUUID() }) => ({
      id,
      name: contract.name,
      entry: entryOf(contract, data, id, bus),
    }));
    const told = new Map<Entry, Pick<FailedEvent, 'id' | 'name'>>(all.map(({ entry, id, name }) => [entry, { id, name }]));
    const requests = inRequests(all.map(({ entry }) => entry));
    const failed: FailedEntry[] = [];
    let cause: unknown;
    for (const request of requests) {
      if (cause !== undefined) {
        failed.push(...request.map((entry) => ({ entry, code: 'NotSent', message: 'An earlier request has failed.' })));
        continue;
      }
      try {
        failed.push(...(await put(request)));
      } catch (error) {
        cause = error;
        const { name, message } = error as Error;
        failed.push(...request.map((entry) => ({ entry, code: name, message })));
      }
    }
    if (failed.length > 0) {
      throw new PublishError(
        failed.map(({ entry, code, message }) => ({ id: '', name: '', ...told.get(entry), code, message })),
        all.length,
        { cause },
      );
    }
    return all.map(({ id }) => id);
  }

  return {
    publish: async (contract, data, { id = randomUUID() } = {}) => {
      await publishAll([{ contract, data, id }]);
      return id;
    },
    publishAll,
  };
}

interface FailedEntry {
  readonly entry: Entry;
  readonly code: string;
  readonly message: string;
}

/** An entry without a result was taken or not: nobody knows, so that it is put again. */
function refusalOf(entry: Entry, result: EntryResult | undefined): readonly FailedEntry[] {
  if (result === undefined) return [{ entry, code: 'InternalFailure', message: 'EventBridge has not answered for it.' }];
  const { ErrorCode: code, ErrorMessage: message = '' } = result;
  return code === undefined ? [] : [{ entry, code, message }];
}
