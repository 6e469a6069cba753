import { callFunction, type CallOutcome } from '../lambda/call-function';
import { type LambdaFunction, MAX_ENVIRONMENTS } from '../lambda/function';
import type { Received } from '../services/sqs/message';
import type { Queue } from '../services/sqs/queue';
import { readIdentifiers } from './batch-outcome';
import { type EventSourceMapping, MAX_BATCH_BYTES, type Step } from './mapping';
import { queueEventOf } from './queue-event';
import type { QueueMappingSettings } from './settings';

export interface QueueMappingOptions {
  readonly id: string;
  readonly lambda: LambdaFunction;
  readonly queue: Queue;
  readonly region: string;
  readonly settings: QueueMappingSettings;
  /** Whether the function's role may receive and delete now; tells of a denial itself. */
  readonly mayRead: () => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether time passes by itself. */
  readonly timePasses: boolean;
  /** Told of batches that failed, in part or whole: their messages come back when their visibility timeout ends. */
  readonly onFailed: (reason: string) => void;
}

/**
 * An event source mapping on a standard queue: receives messages, gathers them for the batching window, and calls the function with several batches at
 * once, up to its bound. Messages that are done are deleted; all others stay hidden until their visibility timeout ends, whatever becomes of the call.
 */
export class QueueMapping implements EventSourceMapping {
  readonly id: string;
  private readonly underWay = new Set<Promise<void>>();
  /** Received, and not handed over yet. */
  private gathered: readonly Received[] = [];
  private gatheringUntilMs = 0;
  private isStopped = false;

  constructor(private readonly options: QueueMappingOptions) {
    this.id = options.id;
  }

  get functionName(): string {
    return this.options.lambda.definition.name;
  }

  subscribe(listener: () => void): () => void {
    return this.options.queue.subscribe(listener);
  }

  stop(): void {
    this.isStopped = true;
  }

  async step(hurry: boolean): Promise<Step> {
    if (this.isStopped) return { kind: 'idle' };
    const { settings, now, mayRead } = this.options;
    const isBusy = this.underWay.size >= Math.min(settings.maximumConcurrency ?? MAX_ENVIRONMENTS, MAX_ENVIRONMENTS);
    if (isBusy) return this.waitForCall();
    if (!mayRead()) return { kind: 'denied' };
    this.receive();
    if (this.gathered.length === 0) return this.underWay.size > 0 ? this.waitForCall() : { kind: 'idle' };
    if (hurry || this.isFull || now() >= this.gatheringUntilMs) {
      this.hand();
      return { kind: 'moved' };
    }
    if (this.underWay.size > 0) return this.waitForCall(this.gatheringUntilMs);
    return { kind: 'waiting', untilMs: this.gatheringUntilMs };
  }

  private get isFull(): boolean {
    return this.gathered.length >= this.options.settings.batchSize || this.fitting < this.gathered.length;
  }

  /** How many of those gathered an event can hold; one at least. */
  private get fitting(): number {
    const { queue, region } = this.options;
    let bytes = 0;
    const end = this.gathered.findIndex((received, index) => {
      bytes += Buffer.byteLength(JSON.stringify(queueEventOf([received], queue.arn, region)));
      return bytes > MAX_BATCH_BYTES && index > 0;
    });
    return end < 0 ? this.gathered.length : end;
  }

  private receive(): void {
    const { queue, settings, now } = this.options;
    const room = settings.batchSize - this.gathered.length;
    if (room <= 0 || queue.sizes.visible === 0) return;
    const received = queue.receive(room);
    if (this.gathered.length === 0) this.gatheringUntilMs = now() + settings.batchingWindowMs;
    this.gathered = [...this.gathered, ...received];
  }

  /** Calls the function with what was gathered, and does not wait for it. */
  private hand(): void {
    const batch = this.gathered.slice(0, this.fitting);
    this.gathered = this.gathered.slice(batch.length);
    const call = this.call(batch).finally(() => this.underWay.delete(call));
    this.underWay.add(call);
  }

  private async call(batch: readonly Received[]): Promise<void> {
    const { lambda, queue, region, settings, onFailed } = this.options;
    const called = await callFunction(lambda, queueEventOf(batch, queue.arn, region)).catch(
      (error: Error): CallOutcome => ({
        failure: { errorType: error.name, errorMessage: error.message, trace: [] },
      }),
    );
    // Killed by the emulator's end: no failure of the function.
    if (this.isStopped) return;
    const { done, reason } = outcomeOf(batch, called, settings.partialResponses);
    for (const { receiptHandle } of done) queue.delete(receiptHandle);
    if (reason !== undefined) onFailed(reason);
  }

  /** Until a call has ended, or a message can be received by another one; a time at most. */
  private async waitForCall(untilMs?: number): Promise<Step> {
    const { queue, now, timePasses } = this.options;
    let unsubscribe = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    const something = new Promise<void>((resolve) => {
      unsubscribe = queue.subscribe(resolve);
      if (untilMs !== undefined && timePasses) timer = setTimeout(resolve, Math.max(untilMs - now(), 1)).unref();
    });
    try {
      await Promise.race([...this.underWay, something]);
    } finally {
      unsubscribe();
      clearTimeout(timer);
    }
    return { kind: 'moved' };
  }
}

/**
 * Which messages of a batch are done. With partial responses (`ReportBatchItemFailures`) those that the answer does not name; as Lambda has it, an answer
 * that cannot be read, and an identifier that is no message of the batch, fail the whole.
 */
export function outcomeOf(
  batch: readonly Received[],
  outcome: CallOutcome,
  partialResponses: boolean,
): { readonly done: readonly Received[]; readonly reason?: string } {
  if ('failure' in outcome) return { done: [], reason: `${outcome.failure.errorType}: ${outcome.failure.errorMessage}` };
  if (!partialResponses) return { done: batch };
  const answer = outcome.answer.toString('utf8');
  const identifiers = readIdentifiers(answer);
  if (identifiers === undefined) return { done: [], reason: `the answer is no partial batch response: ${answer.slice(0, 200)}` };
  const ids = new Set(batch.map(({ message }) => message.id));
  const unknown = identifiers.find((identifier) => !ids.has(identifier));
  if (unknown !== undefined) return { done: [], reason: `the answer names ${unknown}, which is no message of the batch` };
  const failed = new Set(identifiers);
  const done = batch.filter(({ message }) => !failed.has(message.id));
  return { done, ...(failed.size > 0 && { reason: `the answer names ${failed.size} of ${batch.length} messages as failed` }) };
}
