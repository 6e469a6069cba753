import type { Input } from './members';
import type { Message, Received } from './message';
import { md5OfAttributes, selectAttributes } from './message-attributes';
import type { Queue } from './queue';
import { md5Of } from './send';

export interface ReceiveOptions {
  readonly limit: number;
  readonly visibilityTimeoutMs?: number;
  readonly waitMs: number;
  /** Whether time passes by itself: otherwise nobody waits for it. */
  readonly timePasses: boolean;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
}

/** A long poll: as soon as there is a message, or with none when the time is up. */
export async function receiveWithin(
  queue: Queue,
  { limit, visibilityTimeoutMs, waitMs, timePasses, signal }: ReceiveOptions,
): Promise<readonly Received[]> {
  const at = Date.now() + waitMs;
  for (;;) {
    const received = queue.receive(limit, visibilityTimeoutMs);
    const leftMs = at - Date.now();
    if (received.length > 0 || !timePasses || leftMs <= 0 || signal.aborted) return received;
    await arrival(queue, leftMs, signal);
    // Who has gone must not take messages away with it.
    if (signal.aborted) return [];
  }
}

/** Of a message, everything that receivers may ask for. */
export function systemAttributesOf(message: Message): Readonly<Record<string, string>> {
  return {
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAtMs),
    ...(message.traceHeader !== undefined && { AWSTraceHeader: message.traceHeader }),
    ...(message.deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
}

/** A message as `ReceiveMessage` answers it. */
export function received({ message, receiptHandle }: Received, systemNames: readonly string[], attributeNames: readonly string[]): Input {
  const all = systemAttributesOf(message);
  const system = Object.fromEntries(Object.entries(all).filter(([name]) => systemNames.includes('All') || systemNames.includes(name)));
  const attributes = selectAttributes(message.attributes, attributeNames);
  const md5 = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5Of(message.body),
    Body: message.body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(md5 !== undefined && { MessageAttributes: attributes, MD5OfMessageAttributes: md5 }),
  };
}

function arrival(queue: Queue, withinMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      unsubscribe();
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const unsubscribe = queue.subscribe(done);
    const timer = setTimeout(done, withinMs).unref();
    signal.addEventListener('abort', done);
  });
}
