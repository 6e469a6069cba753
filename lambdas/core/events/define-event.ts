import * as z from 'zod';
import { looseObjects } from './loose-objects';

/** What happens, in which shape it is told, and who answers for that. */
export interface EventDefinition<S extends z.ZodObject> {
  /** What has happened, in lower case: `billing.invoice-overdue`. Events have it as their `detail-type`. */
  readonly name: string;
  /** A whole number from 1: one more for each change that a reader could notice. */
  readonly version: number;
  /** The team that answers for the contract. Events have it as their `source`. */
  readonly owner: string;
  /** @default - none */
  readonly description?: string;
  /** What is told. Strict throughout: every object in it a `z.strictObject`, so that a field that nobody knows is an error and not lost. */
  readonly data: S;
}

/** The body of an event: its `detail` on the bus. */
export interface EventDetail<D> {
  /** The same however often the event is sent: what makes a reader's work idempotent. */
  readonly id: string;
  readonly version: number;
  readonly data: D;
}

/** A contract that producers and readers share. */
export interface EventContract<S extends z.ZodObject = z.ZodObject> extends EventDefinition<S> {
  /** Of the event's `detail`. */
  readonly detail: z.ZodType<EventDetail<z.output<S>>>;
  /** The same as JSON Schema (draft 2020-12), for producers in other languages. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** What readers get of an event of this contract. */
export type DataOf<C extends EventContract> = z.output<C['data']>;

/** Of EventBridge for `detail-type`, which has to hold the name. */
const MAX_NAME_LENGTH = 128;
const WORDS = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;
/** What stores and queues take as a key. */
const EVENT_ID = /^[\w.:-]{1,128}$/;

/**
 * Defines the contract of an event.
 *
 * @throws Error when the name, version or owner is none, or the data is not strict or cannot be written as JSON
 */
export function defineEvent<S extends z.ZodObject>(definition: EventDefinition<S>): EventContract<S> {
  const { name, version, owner, description, data } = definition;
  const fail = (problem: string): never => {
    throw new Error(`The event '${name}' cannot be defined: ${problem}`);
  };
  for (const [what, word] of Object.entries({ name, owner })) {
    if (!WORDS.test(word) || word.length > MAX_NAME_LENGTH) {
      fail(`its ${what} is '${word}'; use up to ${MAX_NAME_LENGTH} lower-case letters and digits, with single dots or hyphens in between.`);
    }
  }
  // EventBridge keeps `aws.` for itself, and refuses the events of anybody else.
  if (owner === 'aws' || owner.startsWith('aws.')) fail(`its owner is '${owner}'; sources that begin with 'aws' are AWS's own.`);
  if (!Number.isSafeInteger(version) || version < 1) fail(`its version is ${version}; use a whole number from 1.`);
  const detail = z.strictObject({ id: z.string().regex(EVENT_ID), version: z.literal(version), data });
  const jsonSchema = jsonSchemaOf(detail, fail);
  const [loose] = looseObjects(jsonSchema);
  if (loose !== undefined) fail(`'${loose}' takes fields that nobody knows; make it a z.strictObject.`);
  const title = { $id: `${name}.v${version}`, title: `${name}, version ${version}`, ...(description !== undefined && { description }) };
  return { ...definition, detail: detail as unknown as EventContract<S>['detail'], jsonSchema: { ...jsonSchema, ...title } };
}

/** Both directions have to be possible: what is sent is what was parsed. */
function jsonSchemaOf(detail: z.ZodType, fail: (problem: string) => never): Record<string, unknown> {
  try {
    z.toJSONSchema(detail, { io: 'output' });
    return { ...z.toJSONSchema(detail, { io: 'input' }) };
  } catch (error) {
    return fail(`its data cannot be written as JSON Schema (${(error as Error).message}); use types that JSON has, and no transforms.`);
  }
}
