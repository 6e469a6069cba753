import type { MessageAttributes } from './message-attributes';

/** A message in a queue, as it is stored. Times are epoch milliseconds. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** `AWSTraceHeader`, the one system attribute that senders set. */
  readonly traceHeader?: string;
  readonly senderId: string;
  /** When it was first sent: retention counts from here, in a dead-letter queue too. */
  readonly sentAtMs: number;
  /** When it came into this queue. */
  readonly arrivedAtMs: number;
  readonly visibleAtMs: number;
  readonly receiveCount: number;
  readonly firstReceivedAtMs?: number;
  /** Of the last receive: older handles delete nothing. */
  readonly receipt?: string;
  /** The queue from which it came as a dead letter. */
  readonly deadLetterSourceArn?: string;
}

/** A message received: what the receiver sees, and the handle by which it deletes it. */
export interface Received {
  readonly message: Message;
  readonly receiptHandle: string;
}

interface Handle {
  readonly queue: string;
  readonly id: string;
  readonly receipt: string;
}

export function receiptHandleOf(handle: Handle): string {
  return Buffer.from(JSON.stringify([handle.queue, handle.id, handle.receipt])).toString('base64');
}

/** Undefined when the text is no receipt handle. */
export function readReceiptHandle(text: string): Handle | undefined {
  try {
    const [queue, id, receipt] = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as readonly unknown[];
    if (typeof queue !== 'string' || typeof id !== 'string' || typeof receipt !== 'string') return undefined;
    return { queue, id, receipt };
  } catch {
    return undefined;
  }
}
