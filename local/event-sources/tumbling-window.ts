import type { CallOutcome } from '../lambda/call-function';
import { eventOf } from './discarded-batch';
import type { RecordSource, SourceRecord } from './record-source';

/** What a function is called with where its mapping has a tumbling window. Source: "Stateful stream processing in DynamoDB", AWS Lambda developer guide. */
interface WindowEvent {
  readonly Records: readonly unknown[];
  readonly window: { readonly start: string; readonly end: string };
  /** What the call before it in this window has answered. */
  readonly state: unknown;
  readonly shardId: string;
  readonly eventSourceARN: string;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

/** The windows of one shard, one after the other, by when records arrived; and the state that calls of one window hand on. */
export class TumblingWindow {
  private endMs: number | undefined;
  private state: unknown = {};

  constructor(
    private readonly lengthMs: number,
    private readonly source: Pick<RecordSource, 'arn' | 'shardId'>,
  ) {}

  /** Those of a batch that are in the same window as its first. */
  within(batch: readonly SourceRecord[]): readonly SourceRecord[] {
    const endMs = this.endOf(batch[0]);
    const end = batch.findIndex(({ arrivedAtMs }) => arrivedAtMs >= endMs);
    return end < 0 ? batch : batch.slice(0, end);
  }

  /** Whether a window is open that is over for what comes next. */
  isOver(next: SourceRecord | undefined, nowMs: number): boolean {
    if (this.endMs === undefined) return false;
    return next === undefined ? nowMs >= this.endMs : next.arrivedAtMs >= this.endMs;
  }

  eventOf(batch: readonly SourceRecord[]): WindowEvent {
    this.endMs ??= this.endOf(batch[0]);
    return this.event(batch, false);
  }

  finalEvent(): WindowEvent {
    return this.event([], true);
  }

  /** Keeps what a call has answered for the next one of its window. */
  keep(outcome: CallOutcome): void {
    if ('failure' in outcome) return;
    const answer = outcome.answer.toString('utf8');
    const { state = {} } = (answer === '' ? {} : JSON.parse(answer)) as { readonly state?: unknown };
    this.state = state;
  }

  close(): void {
    this.endMs = undefined;
    this.state = {};
  }

  private event(batch: readonly SourceRecord[], isFinal: boolean): WindowEvent {
    const endMs = this.endMs ?? 0;
    return {
      ...eventOf(batch),
      window: { start: new Date(endMs - this.lengthMs).toISOString(), end: new Date(endMs).toISOString() },
      state: this.state,
      shardId: this.source.shardId,
      eventSourceARN: this.source.arn,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: false,
    };
  }

  private endOf(record: SourceRecord | undefined): number {
    return (Math.floor((record?.arrivedAtMs ?? 0) / this.lengthMs) + 1) * this.lengthMs;
  }
}
