import * as z from 'zod';
import type { DataOf, EventContract } from './define-event';
import { InvalidEventError } from './invalid-event-error';

/** An event of a contract, as its readers want it. */
export interface ReceivedEvent<D> {
  /** Its producer's: the same however often it is sent or delivered. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  /** When it was put on the bus: ISO 8601, to the second. */
  readonly time: string;
  readonly data: D;
}

/** What EventBridge delivers, as far as it is read. */
const envelope = z.object({ 'detail-type': z.string(), source: z.string(), time: z.string(), detail: z.looseObject({}) });

/** More of them say no more. */
const MAX_ISSUES = 5;

/**
 * Reads an event of a contract.
 *
 * @param body what EventBridge delivered: an object, or its text as a queue holds it
 * @throws InvalidEventError for whatever else it is
 */
export function readEvent<C extends EventContract>(contract: C, body: unknown): ReceivedEvent<DataOf<C>> {
  const event = envelope.safeParse(typeof body === 'string' ? parse(body) : body);
  if (!event.success) throw new InvalidEventError('not_an_event', `This is no event of EventBridge: ${textOf(event.error)}`);
  const { 'detail-type': name, source, time, detail } = event.data;
  if (name !== contract.name || source !== contract.owner) {
    throw new InvalidEventError(
      'other_event',
      `This is the event '${name}' of '${source}'; '${contract.name}' of '${contract.owner}' was expected.`,
    );
  }
  const { version } = detail;
  if (Number.isSafeInteger(version) && version !== contract.version) {
    throw new InvalidEventError(
      'unknown_version',
      `The event '${name}' is of version ${String(version)}; version ${contract.version} is read.`,
    );
  }
  const read = contract.detail.safeParse(detail);
  if (!read.success) {
    throw new InvalidEventError(
      'invalid_detail',
      `The event '${name}' does not hold to version ${contract.version}: ${textOf(read.error)}`,
    );
  }
  // The contract's own type has made it.
  return { name, source, time, ...read.data } as ReceivedEvent<DataOf<C>>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidEventError('not_json', 'The body is not JSON.', { cause });
  }
}

/** Paths and what is wrong there. Zod's own messages name types and rules, never values. */
export function textOf({ issues }: Pick<z.ZodError, 'issues'>): string {
  const texts = issues.slice(0, MAX_ISSUES).map(({ path, message }) => `${path.length === 0 ? 'the event' : path.join('.')}: ${message}`);
  return `${texts.join('; ')}${issues.length > MAX_ISSUES ? `; and ${issues.length - MAX_ISSUES} more` : ''}`;
}
