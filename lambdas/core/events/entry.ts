import type { EventContract } from './define-event';
import { InvalidEventError } from './invalid-event-error';
import { textOf } from './read-event';

/** One of `PutEvents`. */
export interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** Of a request of `PutEvents`, and of a message of SQS. */
export const MAX_REQUEST_BYTES = 1_048_576;
/** What EventBridge puts around the detail on its way to a target: ids, time, account, region, and its own punctuation. */
const ENVELOPE_BYTES = 1_024;

/**
 * The entry for an event.
 *
 * @throws InvalidEventError when the data does not hold to the contract, or the event is too long to be delivered
 */
export function entryOf(contract: EventContract, data: unknown, id: string, bus: string): Entry {
  const { name, version, owner } = contract;
  const detail = contract.detail.safeParse({ id, version, data });
  if (!detail.success) {
    throw new InvalidEventError('invalid_detail', `The event '${name}' does not hold to version ${version}: ${textOf(detail.error)}`);
  }
  const entry = { EventBusName: bus, Source: owner, DetailType: name, Detail: JSON.stringify(detail.data) };
  const bytes = bytesOf(entry) + ENVELOPE_BYTES;
  // The bus would take a little more, and no queue behind it: it would be lost on its way.
  if (bytes > MAX_REQUEST_BYTES) {
    throw new InvalidEventError(
      'too_large',
      `The event '${name}' has ${bytes} bytes with its envelope; ${MAX_REQUEST_BYTES} can be delivered. Put what is long into a bucket, and its address into the event.`,
    );
  }
  return entry;
}

/** As EventBridge counts. */
export function bytesOf({ Source, DetailType, Detail }: Entry): number {
  return Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);
}
