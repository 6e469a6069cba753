import type { RecordSource, SourceRecord } from '../../event-sources/record-source';
import { type EntryPlace, JsonLog, replaceLog } from '../../state/json-log';
import type { Item } from './engine';
import { type Change, recordOf, type StreamRecord, type StreamViewType } from './stream-record';

/** As long as DynamoDB keeps records. */
const STREAM_RETENTION_MS = 24 * 3_600_000;
/** Sequence numbers have 21 digits, so that they sort as texts too. */
const FIRST_SEQUENCE = 10n ** 20n;

type Entry =
  /** Before a write: what a restart needs to tell whether it happened. */
  | { readonly kind: 'begin'; readonly id: string; readonly change: Omit<Change, 'after'> }
  | { readonly kind: 'end'; readonly id: string; readonly record?: StreamRecord; readonly atMs: number }
  | { readonly kind: 'last'; readonly sequenceNumber: string };

interface Kept {
  readonly position: string;
  readonly atMs: number;
  readonly place: EntryPlace;
}

export interface TableStreamOptions {
  readonly file: string;
  readonly arn: string;
  readonly region: string;
  readonly viewType: StreamViewType;
  readonly now: () => number;
}

/**
 * The stream of a table: one shard, in the order of the writes. Each write is announced in the log before it is made and ended after it, so that a
 * process that ends between the two loses no record: see `recover`.
 */
export class TableStream implements RecordSource {
  readonly arn: string;
  readonly shardId: string;
  readonly retentionMs = STREAM_RETENTION_MS;
  private readonly kept: Kept[];
  private readonly listeners = new Set<() => void>();
  private lastSequence: bigint;
  private announced: bigint;

  /** Throws Error naming what cannot be read of the log. */
  static open(options: TableStreamOptions): TableStream {
    const { file, now } = options;
    const records: Kept[] = [];
    const pending = new Map<string, Extract<Entry, { kind: 'begin' }>>();
    let last = FIRST_SEQUENCE.toString();
    const old = JsonLog.open<Entry>(file, (entry, place) => {
      if (entry.kind === 'last') last = entry.sequenceNumber;
      else if (entry.kind === 'begin') pending.set(entry.id, entry);
      else {
        pending.delete(entry.id);
        if (!entry.record) return;
        last = entry.record.dynamodb.SequenceNumber;
        if (entry.atMs > now() - STREAM_RETENTION_MS) records.push({ position: last, atMs: entry.atMs, place });
      }
    });
    // Written anew without what nobody will ask for.
    replaceLog<Entry>(
      file,
      (function* entries(): Generator<Entry> {
        yield { kind: 'last', sequenceNumber: last };
        for (const { place } of records) yield old.read(place);
        yield* pending.values();
      })(),
    );
    old.close();
    records.length = 0;
    const log = JsonLog.open<Entry>(file, (entry, place) => {
      if (entry.kind === 'end' && entry.record) records.push({ position: entry.record.dynamodb.SequenceNumber, atMs: entry.atMs, place });
    });
    return new TableStream(options, log, records, BigInt(last), pending);
  }

  private constructor(
    private readonly options: TableStreamOptions,
    private readonly log: JsonLog<Entry>,
    kept: Kept[],
    last: bigint,
    private readonly pending: Map<string, Extract<Entry, { kind: 'begin' }>>,
  ) {
    this.arn = options.arn;
    this.shardId = `shardId-${'0'.repeat(20)}-local`;
    this.kept = kept;
    this.lastSequence = last;
    this.announced = 0n;
  }

  /** Ends the writes that the last process announced and did not end. */
  async recover(readItem: (keys: Item) => Promise<Item | undefined>): Promise<void> {
    for (const { id, change } of this.pending.values()) this.finish(id, { ...change, after: await readItem(change.keys) });
    this.pending.clear();
  }

  /** Announces a write. @returns What `end` takes. */
  begin(change: Omit<Change, 'after'>): string {
    const id = `${process.pid}-${this.options.now()}-${this.announced++}`;
    this.log.append({ kind: 'begin', id, change });
    return id;
  }

  /** After the write, also one that failed. Whoever calls still holds the item's lock: the order of records of an item is that of its writes. */
  end(id: string, change: Change): void {
    this.finish(id, change);
    for (const listener of this.listeners) listener();
  }

  get latest(): string {
    return this.lastSequence.toString();
  }

  read(after: string | undefined, limit: number): readonly SourceRecord[] {
    this.trim();
    const from = after === undefined ? 0 : this.indexAfter(after);
    return this.kept
      .slice(from, from + limit)
      .map(({ position, atMs, place }) => ({ position, arrivedAtMs: atMs, event: this.eventAt(place) }));
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.listeners.clear();
    this.log.close();
  }

  private finish(id: string, change: Change): void {
    const { arn: streamArn, region, viewType, now } = this.options;
    const atMs = now();
    const sequenceNumber = (this.lastSequence + 1n).toString();
    const record = recordOf(change, { streamArn, region, viewType, sequenceNumber, atMs });
    const place = this.log.append({ kind: 'end', id, record, atMs });
    if (!record) return;
    this.lastSequence += 1n;
    this.kept.push({ position: sequenceNumber, atMs, place });
  }

  private eventAt(place: EntryPlace): StreamRecord | undefined {
    const entry = this.log.read(place);
    return entry.kind === 'end' ? entry.record : undefined;
  }

  private trim(): void {
    const oldest = this.options.now() - STREAM_RETENTION_MS;
    const from = this.kept.findIndex(({ atMs }) => atMs > oldest);
    if (from !== 0) this.kept.splice(0, from < 0 ? this.kept.length : from);
  }

  /** Positions are sorted: halves the range until one is left. */
  private indexAfter(position: string): number {
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.kept[middle]?.position ?? '') > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
