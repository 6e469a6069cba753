import { ServiceError } from '../../service';
import { isJsonObject } from '../json-protocol';

const MAX_ENTRIES = 10;
/** Of all entries of a request together. */
const MAX_BYTES = 1_048_576;
const TIME_BYTES = 14;

export type EntryInput = Readonly<Record<string, unknown>>;

/** An entry that EventBridge takes. */
export interface Entry {
  /** As given: a name, or an ARN. @default - the account's own bus */
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources: readonly string[];
  /** Epoch milliseconds; undefined where the entry names no time. */
  readonly timeMs?: number;
}

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/**
 * The entries of a request.
 *
 * @throws ServiceError for a request that is refused as a whole
 */
export function readEntries({ Entries: given }: EntryInput): readonly EntryInput[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_ENTRIES || !given.every(isJsonObject)) {
    const count = Array.isArray(given) ? given.length : 'no';
    throw invalid(`Value at 'entries' failed to satisfy constraint: Member must have 1 to ${MAX_ENTRIES} entries; received ${count}.`);
  }
  const entries: readonly EntryInput[] = given;
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > MAX_BYTES) throw invalid(`Total size of the entries in the request is over the limit: ${bytes} bytes of ${MAX_BYTES}.`);
  return entries;
}

/** What one entry says, or why EventBridge does not take it; the others of the request are taken all the same. */
export function readEntry(input: EntryInput): Entry | EntryError {
  const missing = ['Source', 'DetailType', 'Detail'].find((name) => typeof input[name] !== 'string' || input[name] === '');
  if (missing !== undefined) {
    return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.` };
  }
  const { Source: source, DetailType: detailType, Detail: text } = input as Readonly<Record<string, string>>;
  if (source?.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const detail = parse(text);
  if (!isJsonObject(detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const { Time: seconds, Resources: resources = [], EventBusName: bus = 'default' } = input;
  return {
    bus: String(bus),
    source: source ?? '',
    detailType: detailType ?? '',
    detail,
    resources: (resources as readonly unknown[]).map(String),
    ...(typeof seconds === 'number' && { timeMs: seconds * 1000 }),
  };
}

/** As EventBridge counts: the time as 14 bytes, all texts in UTF-8. */
function bytesOf({ Time: time, Source, DetailType, Detail, Resources = [] }: EntryInput): number {
  const texts: readonly unknown[] = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const bytes = texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0), 0);
  return bytes + (time === undefined ? 0 : TIME_BYTES);
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
