import { type CallOutcome, callFunction } from '../lambda/call-function';
import type { LambdaFunction } from '../lambda/function';
import { batchOutcomeOf } from './batch-outcome';
import type { Checkpoints } from './checkpoints';
import { type DiscardCondition, eventOf, type FailureDestination } from './discarded-batch';
import { type EventSourceMapping, MAX_BATCH_BYTES, type Step } from './mapping';
import type { RecordSource, SourceRecord } from './record-source';
import type { MappingSettings } from './settings';
import { TumblingWindow } from './tumbling-window';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export interface OrderedMappingOptions {
  readonly id: string;
  readonly lambda: LambdaFunction;
  readonly source: RecordSource;
  readonly settings: MappingSettings;
  readonly checkpoints: Checkpoints;
  /** Where discarded records go. @default - nowhere */
  readonly destination?: FailureDestination;
  /** Whether the function's role may read the source now; tells of a denial itself. */
  readonly mayRead: () => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Age of the newest record of a batch when the function is called. */
  readonly onIteratorAge: (ageMs: number) => void;
  /** Records that were given up, and why; `lost` when no destination has them. */
  readonly onDiscarded: (discarded: {
    readonly count: number;
    readonly condition: DiscardCondition;
    readonly reason: string;
    readonly lost?: string;
  }) => void;
}

/** An event source mapping on an ordered source: one batch at a time, so that the order is kept for every key. */
export class OrderedMapping implements EventSourceMapping {
  readonly id: string;
  private position: string;
  /** What is to be tried again, and how often its first record has failed. */
  private retry?: {
    readonly batch: readonly SourceRecord[];
    readonly failures: number;
    readonly notBeforeMs: number;
    readonly reason: string;
  };
  /** Read after `position`, and not handed over yet. */
  private gathered: { readonly records: SourceRecord[]; bytes: number } = { records: [], bytes: 0 };
  private readonly window: TumblingWindow | undefined;
  private isStopped = false;

  constructor(private readonly options: OrderedMappingOptions) {
    const { id, source, settings, checkpoints } = options;
    this.id = id;
    this.window = settings.tumblingWindowMs === undefined ? undefined : new TumblingWindow(settings.tumblingWindowMs, source);
    // Remembered from the start: what is written while the emulator is down belongs to a mapping that was there.
    this.position = checkpoints.get(id) ?? (settings.startingPosition === 'LATEST' ? source.latest : '');
    checkpoints.set(id, this.position);
  }

  get functionName(): string {
    return this.options.lambda.definition.name;
  }

  subscribe(listener: () => void): () => void {
    return this.options.source.subscribe(listener);
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Does the next thing there is to do. @param hurry not to wait for a batching window or between attempts */
  async step(hurry: boolean): Promise<Step> {
    if (this.isStopped) return { kind: 'idle' };
    const { settings, source, now } = this.options;
    if (!this.options.mayRead()) return { kind: 'denied' };
    const batch = this.retry?.batch ?? this.nextBatch();
    const [first] = batch;
    if (this.window?.isOver(first, now())) return this.closeWindow(this.window);
    if (!first) return { kind: 'idle' };
    const expired = this.expiredOf(batch);
    if (expired.length > 0) {
      await this.discard(expired, 'RecordAgeExceeded');
      return { kind: 'moved' };
    }
    const untilMs = this.retry ? this.retry.notBeforeMs : first.arrivedAtMs + settings.batchingWindowMs;
    const isFull = !this.retry && (batch.length === settings.batchSize || source.read(batch.at(-1)?.position, 1).length > 0);
    if (!hurry && !isFull && now() < untilMs) return { kind: 'waiting', untilMs };
    return this.call(batch);
  }

  private async call(batch: readonly SourceRecord[]): Promise<Step> {
    const { lambda, settings, now, onIteratorAge } = this.options;
    onIteratorAge(Math.max(0, now() - (batch.at(-1)?.arrivedAtMs ?? now())));
    const called: CallOutcome = await callFunction(lambda, this.window?.eventOf(batch) ?? eventOf(batch));
    // Killed by the emulator's end: no failure of the function. The batch is handed over again at the next start.
    if (this.isStopped) return { kind: 'idle' };
    const outcome = batchOutcomeOf(batch, called, settings.partialResponses);
    if (outcome.kind === 'done') {
      this.window?.keep(called);
      this.advance(batch);
      return { kind: 'moved' };
    }
    const rest = batch.slice(outcome.from);
    if (outcome.from > 0) this.advance(batch.slice(0, outcome.from));
    return this.failed(rest, outcome.reason, outcome.from > 0);
  }

  /** The window's last call, without records. One that fails is made again. */
  private async closeWindow(window: TumblingWindow): Promise<Step> {
    const called = await callFunction(this.options.lambda, window.finalEvent());
    if (this.isStopped) return { kind: 'idle' };
    if ('failure' in called) return { kind: 'stuck' };
    window.close();
    return { kind: 'moved' };
  }

  /** @param isNewHead the batch before had records in front of these, which are done */
  private async failed(rest: readonly SourceRecord[], reason: string, isNewHead: boolean): Promise<Step> {
    const { settings, now } = this.options;
    const before = isNewHead ? 0 : (this.retry?.failures ?? 0);
    if (settings.bisectOnError && rest.length > 1) {
      // To split uses up no attempt; the other half is read again after this one.
      const batch = isNewHead ? rest : rest.slice(0, Math.ceil(rest.length / 2));
      this.retry = { batch, failures: before, notBeforeMs: now(), reason };
      return { kind: 'moved' };
    }
    const failures = before + 1;
    this.retry = { batch: rest, failures, notBeforeMs: now() + Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS), reason };
    if (settings.maximumRetryAttempts === undefined) return { kind: 'stuck' };
    if (failures > settings.maximumRetryAttempts) await this.discard(rest, 'RetryAttemptsExhausted');
    return { kind: 'moved' };
  }

  private async discard(records: readonly SourceRecord[], condition: DiscardCondition): Promise<void> {
    const { id, lambda, source, destination, now, onDiscarded } = this.options;
    const reason = this.retry?.reason ?? 'never handed over';
    const batch = {
      mappingId: id,
      functionArn: lambda.arn,
      source,
      records,
      condition,
      invokeCount: this.retry?.failures ?? 0,
      atMs: now(),
    };
    const lost = destination
      ? await destination.deliver(batch).then(
          () => undefined,
          (error: Error) => error.message,
        )
      : 'the mapping has no destination';
    const remaining = this.retry?.batch.slice(records.length) ?? [];
    this.advance(records);
    if (remaining.length > 0) this.retry = { batch: remaining, failures: 0, notBeforeMs: now(), reason };
    onDiscarded({ count: records.length, condition, reason, ...(lost !== undefined && { lost }) });
  }

  private advance(done: readonly SourceRecord[]): void {
    this.position = done.at(-1)?.position ?? this.position;
    this.retry = undefined;
    this.gathered = { records: [], bytes: 0 };
    this.options.checkpoints.set(this.id, this.position);
  }

  private expiredOf(batch: readonly SourceRecord[]): readonly SourceRecord[] {
    const { settings, source, now } = this.options;
    const longestMs = Math.min(settings.maximumRecordAgeMs ?? source.retentionMs, source.retentionMs);
    const fresh = batch.findIndex(({ arrivedAtMs }) => now() - arrivedAtMs <= longestMs);
    return fresh < 0 ? batch : batch.slice(0, fresh);
  }

  /** As many records as the batch and the event may have, and one at least. Each is read from the source once while the batch is gathered. */
  private nextBatch(): readonly SourceRecord[] {
    const { source, settings } = this.options;
    const room = settings.batchSize - this.gathered.records.length;
    for (const record of room > 0 ? source.read(this.gathered.records.at(-1)?.position ?? this.position, room) : []) {
      const bytes = this.gathered.bytes + Buffer.byteLength(JSON.stringify(record.event)) + 1;
      if (bytes > MAX_BATCH_BYTES && this.gathered.records.length > 0) break;
      this.gathered.records.push(record);
      this.gathered.bytes = bytes;
    }
    const { records } = this.gathered;
    return this.window?.within([...records]) ?? [...records];
  }
}
