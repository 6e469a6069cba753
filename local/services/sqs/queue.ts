import { randomUUID } from 'node:crypto';
import type { PolicyDocument } from '../../iam/types';
import { type Message, readReceiptHandle, type Received, receiptHandleOf } from './message';
import type { MessageAttributes } from './message-attributes';
import type { MessageStore } from './message-store';

/** Longest that a timer of Node takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A queue of a template, in words with units. */
export interface QueueDefinition {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  readonly maximumMessageBytes: number;
  readonly receiveWaitMs: number;
  /** Key that encrypts it, as the template names it. @default - SQS's own, which asks nothing of anybody */
  readonly keyId?: string;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Which queues may name this one as their dead-letter queue. @default - every queue */
  readonly redriveAllow?: { readonly permission: 'allowAll' | 'denyAll' | 'byQueue'; readonly sourceArns: readonly string[] };
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly traceHeader?: string;
  readonly senderId: string;
  /** @default - the queue's */
  readonly delayMs?: number;
}

export interface QueueOptions {
  readonly store: MessageStore;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether time passes by itself: only then is anybody told that a message has become visible. */
  readonly timePasses: boolean;
  readonly queueOf: (arn: string) => Queue | undefined;
  /** What SQS counts, for its metrics. */
  readonly onCount: (queue: Queue, what: QueueCount, count: number) => void;
}

export type QueueCount = 'NumberOfMessagesSent' | 'NumberOfMessagesReceived' | 'NumberOfMessagesDeleted' | 'NumberOfEmptyReceives';

/** How many messages there are, as `GetQueueAttributes` and the metrics tell. */
export interface QueueSizes {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Of the oldest message since it came into the queue; 0 without any. */
  readonly oldestAgeMs: number;
}

/** A standard queue. Handles are answered as SQS does: `unknown` for text that is none of this queue's. */
export class Queue {
  /** Of the template's `AWS::SQS::QueuePolicy`. */
  policy?: PolicyDocument;
  /** When it was last emptied, epoch milliseconds. */
  purgedAtMs?: number;
  private readonly listeners = new Set<() => void>();
  private timer?: NodeJS.Timeout;

  constructor(
    readonly definition: QueueDefinition,
    private readonly options: QueueOptions,
  ) {
    this.wakeAtNextVisible();
  }

  get arn(): string {
    return this.definition.arn;
  }

  /** Oldest first, expired ones left out. */
  get messages(): readonly Message[] {
    this.expire();
    return [...this.stored.values()];
  }

  get sizes(): QueueSizes {
    const nowMs = this.options.now();
    const { messages } = this;
    const hidden = messages.filter(({ visibleAtMs }) => visibleAtMs > nowMs);
    const delayed = hidden.filter(({ receipt }) => receipt === undefined).length;
    const oldestMs = Math.min(nowMs, ...messages.map(({ arrivedAtMs }) => arrivedAtMs));
    return {
      visible: messages.length - hidden.length,
      inFlight: hidden.length - delayed,
      delayed,
      oldestAgeMs: nowMs - oldestMs,
    };
  }

  /** Whether a mapping or a long poll waits for messages. */
  get isWaitedFor(): boolean {
    return this.listeners.size > 0;
  }

  /** Tells of messages that can be received. @returns What ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  send({ body, attributes = {}, traceHeader, senderId, delayMs = this.definition.delayMs }: NewMessage): Message {
    const nowMs = this.options.now();
    const message: Message = {
      id: randomUUID(),
      body,
      attributes,
      ...(traceHeader !== undefined && { traceHeader }),
      senderId,
      sentAtMs: nowMs,
      arrivedAtMs: nowMs,
      visibleAtMs: nowMs + delayMs,
      receiveCount: 0,
    };
    this.put(message);
    this.options.onCount(this, 'NumberOfMessagesSent', 1);
    return message;
  }

  /**
   * Hands out visible messages, oldest first, and hides them. Those that were received often enough go to the dead-letter queue instead: as in AWS that
   * happens when somebody asks, and not before.
   */
  receive(limit: number, visibilityTimeoutMs = this.definition.visibilityTimeoutMs): readonly Received[] {
    const nowMs = this.options.now();
    const received: Received[] = [];
    for (const message of this.messages) {
      if (received.length === limit) break;
      if (message.visibleAtMs > nowMs || this.moveDeadLetter(message)) continue;
      const receipt = randomUUID();
      const changed = this.options.store.change(this.name, message, {
        receipt,
        receiveCount: message.receiveCount + 1,
        visibleAtMs: nowMs + visibilityTimeoutMs,
        firstReceivedAtMs: message.firstReceivedAtMs ?? nowMs,
      });
      received.push({ message: changed, receiptHandle: receiptHandleOf({ queue: this.name, id: message.id, receipt }) });
    }
    this.options.onCount(this, received.length > 0 ? 'NumberOfMessagesReceived' : 'NumberOfEmptyReceives', received.length || 1);
    this.wakeAtNextVisible();
    return received;
  }

  /** A handle that is not of the last receive is taken, and deletes nothing. */
  delete(receiptHandle: string): 'done' | 'unknown' {
    const handle = readReceiptHandle(receiptHandle);
    if (handle?.queue !== this.name) return 'unknown';
    if (this.stored.get(handle.id)?.receipt === handle.receipt) {
      this.options.store.remove(this.name, handle.id);
      this.options.onCount(this, 'NumberOfMessagesDeleted', 1);
    }
    return 'done';
  }

  /** @param visibilityTimeoutMs from now; 0 to have it visible at once */
  changeVisibility(receiptHandle: string, visibilityTimeoutMs: number): 'done' | 'unknown' | 'not-in-flight' {
    const handle = readReceiptHandle(receiptHandle);
    if (handle?.queue !== this.name) return 'unknown';
    const nowMs = this.options.now();
    this.expire();
    const message = this.stored.get(handle.id);
    if (message?.receipt !== handle.receipt || message.visibleAtMs <= nowMs) return 'not-in-flight';
    this.options.store.change(this.name, message, { visibleAtMs: nowMs + visibilityTimeoutMs });
    this.tell();
    return 'done';
  }

  purge(): void {
    this.purgedAtMs = this.options.now();
    for (const id of this.stored.keys()) this.options.store.remove(this.name, id);
  }

  /** Takes a message that is visible out, for another queue to have. */
  take(message: Message): void {
    this.options.store.remove(this.name, message.id);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  private get name(): string {
    return this.definition.name;
  }

  private get stored(): ReadonlyMap<string, Message> {
    return this.options.store.messagesOf(this.name);
  }

  private put(message: Message): void {
    this.options.store.put(this.name, message);
    this.tell();
  }

  /** Keeps its id, when it was sent and how often it was received. @returns Whether it has gone. */
  private moveDeadLetter(message: Message): boolean {
    const { redrive } = this.definition;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.options.queueOf(redrive.deadLetterArn);
    if (!target) return false;
    const nowMs = this.options.now();
    const { receipt: _receipt, ...kept } = message;
    target.put({ ...kept, arrivedAtMs: nowMs, visibleAtMs: nowMs, deadLetterSourceArn: this.arn });
    this.options.store.remove(this.name, message.id);
    return true;
  }

  private expire(): void {
    const oldestMs = this.options.now() - this.definition.retentionMs;
    for (const { id, sentAtMs } of this.stored.values()) if (sentAtMs <= oldestMs) this.options.store.remove(this.name, id);
  }

  private tell(): void {
    this.wakeAtNextVisible();
    if (this.sizes.visible > 0) for (const listener of this.listeners) listener();
  }

  private wakeAtNextVisible(): void {
    if (!this.options.timePasses) return;
    clearTimeout(this.timer);
    const nowMs = this.options.now();
    const hidden = [...this.stored.values()].flatMap(({ visibleAtMs }) => (visibleAtMs > nowMs ? [visibleAtMs] : []));
    if (hidden.length === 0) return;
    this.timer = setTimeout(() => this.tell(), Math.min(Math.max(Math.min(...hidden) - nowMs, 1), MAX_TIMER_MS)).unref();
  }
}
