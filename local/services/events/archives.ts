import * as fs from 'node:fs';
import * as path from 'node:path';
import { JsonLog } from '../../state/json-log';
import { unreadableState } from '../../state/state-folder';
import type { BusEvent } from './bus';
import type { EventPattern } from './pattern';

const FILE = 'archived.jsonl';
const DAY_MS = 86_400_000;

export interface ArchiveDefinition {
  readonly name: string;
  readonly arn: string;
  readonly busArn: string;
  /** Undefined: every event. */
  readonly pattern?: EventPattern;
  /** 0: for ever. */
  readonly retentionDays: number;
}

interface Archived {
  readonly archive: string;
  readonly event: BusEvent;
  readonly atMs: number;
}

/** The archives of the templates: they keep events and count them; replays are not emulated. */
export class Archives {
  private readonly definitions = new Map<string, ArchiveDefinition>();
  private readonly archived: Archived[] = [];
  private readonly log?: JsonLog<Archived>;

  /** Throws an error of one sentence when the directory's state cannot be read. */
  constructor(
    directory: string | undefined,
    private readonly now: () => number,
  ) {
    if (directory === undefined) return;
    const file = path.join(directory, FILE);
    try {
      fs.mkdirSync(directory, { recursive: true });
      this.log = JsonLog.open<Archived>(file, (entry) => this.archived.push(entry));
    } catch (error) {
      throw unreadableState('EventBridge', directory, error);
    }
  }

  add(definition: ArchiveDefinition): void {
    this.definitions.set(definition.name, definition);
  }

  find(name: string): ArchiveDefinition | undefined {
    return this.definitions.get(name);
  }

  /** Keeps an event in every archive of the bus that wants it. */
  keep(busArn: string, event: BusEvent): void {
    for (const { name, busArn: source, pattern } of this.definitions.values()) {
      if (source !== busArn || pattern?.matches(event) === false) continue;
      const entry = { archive: name, event, atMs: this.now() };
      this.log?.append(entry);
      this.archived.push(entry);
    }
  }

  /** Oldest first, without those that are older than the archive's retention. */
  eventsOf(name: string): readonly BusEvent[] {
    const { retentionDays = 0 } = this.definitions.get(name) ?? {};
    const oldestMs = retentionDays === 0 ? Number.NEGATIVE_INFINITY : this.now() - retentionDays * DAY_MS;
    return this.archived.flatMap(({ archive, event, atMs }) => (archive === name && atMs > oldestMs ? [event] : []));
  }

  close(): void {
    this.log?.close();
  }
}
