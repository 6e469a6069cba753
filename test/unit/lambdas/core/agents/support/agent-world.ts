import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import type { EffectPorts, EffectRequest } from '../../../../../../lambdas/core/agents/effect';
import { createDecisionStore } from '../../../../../../lambdas/core/agents/decision-store';
import { createEffectLedger } from '../../../../../../lambdas/core/agents/effect-ledger';
import { type FailureRecord, keepFailure } from '../../../../../../lambdas/core/agents/failure';
import { createBatchHandler } from '../../../../../../lambdas/core/agents/handle-batch';
import { createReviewCases, createReviewStore } from '../../../../../../lambdas/core/agents/review-store';
import type { Trust } from '../../../../../../lambdas/core/agents/decision';
import { MessageStore } from '../../../../../../local/services/sqs/message-store';
import type { Received } from '../../../../../../local/services/sqs/message';
import { Queue } from '../../../../../../local/services/sqs/queue';
import { runsTable } from './runs-table';
import { testAgent } from './test-agent';

export const MAX_RECEIVES = 5;
export const VISIBILITY_MS = 360_000;
const FUNCTION_TIMEOUT_MS = 60_000;

/** Every call of a process to the world goes through it: it may never be made, or never be answered. */
export type Wire = <T>(call: () => Promise<T>) => Promise<T>;
const soundWire: Wire = (call) => call();

/** The gateway and the destinations of effects, which outlive every process. */
export class Outside {
  /** How often each key was asked for at a destination that knows no keys. */
  readonly letters = new Map<string, number>();
  /** Distinct keys at the one that knows them, and what was asked for. */
  readonly notes = new Map<string, EffectRequest['input']>();
  modelCalls = 0;
  /** Bodies of the calls to the gateway. */
  readonly asked: { readonly url: string; readonly body: Readonly<Record<string, unknown>> }[] = [];
  /** @param answer Told the event's data as JSON and how many calls there were. */
  constructor(readonly answer: (data: string, call: number) => Response) {}

  ports(wire: Wire): EffectPorts {
    return {
      note: {
        repeatable: 'by-key',
        perform: ({ key, input }) => wire(async () => void (this.notes.has(key) || this.notes.set(key, input))),
      },
      letter: { repeatable: 'once', perform: ({ key }) => wire(async () => void this.letters.set(key, (this.letters.get(key) ?? 0) + 1)) },
    };
  }

  fetch(wire: Wire) {
    return (url: string, { body }: RequestInit): Promise<Response> =>
      wire(async () => {
        this.modelCalls += 1;
        const parsed = JSON.parse(String(body)) as { readonly variables: { readonly thing: unknown } };
        this.asked.push({ url, body: parsed });
        return this.answer(JSON.stringify(parsed.variables.thing), this.modelCalls);
      });
  }
}

/** A queue with its dead-letter queue, on a clock that a test moves, before the handler of `testAgent`. */
export class AgentWorld {
  nowMs = Date.UTC(2026, 5, 1, 12);
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly quarantined: string[] = [];
  readonly logged: string[] = [];
  /** Between attempts at a busy gateway, in milliseconds. */
  readonly slept: number[] = [];

  constructor(
    private readonly client: DynamoDBClient,
    readonly outside: Outside,
    private readonly trust: Trust = { autonomy: 'act', confidenceThreshold: 0.7 },
  ) {
    const store = new MessageStore(undefined);
    const options = { store, now: () => this.nowMs, timePasses: false, onCount: () => undefined, queueOf: () => this.deadLetters };
    const common = {
      delayMs: 0,
      retentionMs: 14 * 86_400_000,
      maximumMessageBytes: 1_048_576,
      receiveWaitMs: 0,
      visibilityTimeoutMs: VISIBILITY_MS,
    };
    this.deadLetters = new Queue({ ...common, name: 'dead', arn: 'arn:dead' }, options);
    this.queue = new Queue(
      { ...common, name: 'live', arn: 'arn:live', redrive: { deadLetterArn: 'arn:dead', maxReceiveCount: MAX_RECEIVES } },
      options,
    );
  }

  send(body: string): string {
    return this.queue.send({ body, senderId: 'events' }).id;
  }

  /** One invocation over what is visible. @returns the ids of the messages that were deleted */
  async invoke(limit = 10, wire: Wire = soundWire, remainingMs = FUNCTION_TIMEOUT_MS): Promise<readonly string[]> {
    return this.work(this.queue.receive(limit), wire, remainingMs);
  }

  async work(batch: readonly Received[], wire: Wire = soundWire, remainingMs = FUNCTION_TIMEOUT_MS): Promise<readonly string[]> {
    if (batch.length === 0) return [];
    const { batchItemFailures } = await this.handler(wire)(sqsEvent(batch), contextOf(remainingMs));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = batch.filter(({ message }) => !failed.has(message.id));
    for (const { receiptHandle } of done) this.queue.delete(receiptHandle);
    return done.map(({ message }) => message.id);
  }

  private handler(wire: Wire) {
    const client = { send: (command: never) => wire(() => this.client.send(command)) } as unknown as DynamoDBClient;
    const runs = { client, table: runsTable.name, retentionDays: 365 };
    const nowMs = () => this.nowMs;
    return createBatchHandler(testAgent, {
      gateway: { url: 'https://gateway.example', fetch: this.outside.fetch(wire), sleep: async (ms) => void this.slept.push(ms) },
      decisions: createDecisionStore(runs, nowMs),
      effectLedger: createEffectLedger(runs, nowMs),
      effects: this.outside.ports(wire),
      reviews: createReviewCases(runs, 3_600_000, nowMs),
      resolutions: createReviewStore(runs, nowMs),
      quarantine: async (body) => void this.quarantined.push(body),
      trust: this.trust,
      runs,
      nowMs,
      log: { info: (message) => void this.logged.push(message), error: (message) => void this.logged.push(message) },
      metrics: { record: () => undefined },
      concurrency: 5,
      keepFailure: (failure: FailureRecord) => keepFailure(runs, failure),
      giveAgainAfter: async ({ receiptHandle }, seconds) => void this.queue.changeVisibility(receiptHandle, seconds * 1_000),
    });
  }
}

export function contextOf(remainingMs: number): Context {
  return { getRemainingTimeInMillis: () => remainingMs } as Context;
}

function sqsEvent(batch: readonly Received[]): SQSEvent {
  return {
    Records: batch.map(({ message, receiptHandle }) => ({
      messageId: message.id,
      receiptHandle,
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAtMs),
        SenderId: message.senderId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:live',
      awsRegion: 'eu-west-1',
    })),
  };
}
