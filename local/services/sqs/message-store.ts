import * as path from 'node:path';
import * as fs from 'node:fs';
import { JsonLog, replaceLog } from '../../state/json-log';
import { unreadableState } from '../../state/state-folder';
import type { Message } from './message';

const FILE = 'messages.jsonl';

type Change = Partial<Message>;

/** One thing that happened to one message of a queue. */
type Entry =
  | { readonly queue: string; readonly put: Message }
  | { readonly queue: string; readonly id: string; readonly changed: Change }
  | { readonly queue: string; readonly id: string; readonly removed: true };

/** The messages of every queue by the queue's name: in memory, and with a directory in a log that is written anew at each start. */
export class MessageStore {
  private readonly queues = new Map<string, Map<string, Message>>();
  private readonly log?: JsonLog<Entry>;

  /** Throws an error of one sentence when the directory's state cannot be read. */
  constructor(directory: string | undefined) {
    if (directory === undefined) return;
    const file = path.join(directory, FILE);
    try {
      fs.mkdirSync(directory, { recursive: true });
      JsonLog.open<Entry>(file, (entry) => this.apply(entry)).close();
      replaceLog(file, this.entries());
      this.log = JsonLog.open<Entry>(file, () => undefined);
    } catch (error) {
      throw unreadableState('SQS', directory, error);
    }
  }

  /** In the order in which they came. */
  messagesOf(queue: string): ReadonlyMap<string, Message> {
    return this.queueOf(queue);
  }

  put(queue: string, message: Message): void {
    this.record({ queue, put: message });
  }

  /** Returns the message as it is then. */
  change(queue: string, message: Message, changed: Change): Message {
    this.record({ queue, id: message.id, changed });
    return { ...message, ...changed };
  }

  remove(queue: string, id: string): void {
    this.record({ queue, id, removed: true });
  }

  close(): void {
    this.log?.close();
  }

  private record(entry: Entry): void {
    this.log?.append(entry);
    this.apply(entry);
  }

  private apply(entry: Entry): void {
    const messages = this.queueOf(entry.queue);
    if ('put' in entry) {
      messages.set(entry.put.id, entry.put);
    } else if ('removed' in entry) {
      messages.delete(entry.id);
    } else {
      const message = messages.get(entry.id);
      if (message) messages.set(entry.id, { ...message, ...entry.changed });
    }
  }

  private *entries(): Generator<Entry> {
    for (const [queue, messages] of this.queues) for (const put of messages.values()) yield { queue, put };
  }

  private queueOf(name: string): Map<string, Message> {
    let messages = this.queues.get(name);
    if (!messages) this.queues.set(name, (messages = new Map()));
    return messages;
  }
}
