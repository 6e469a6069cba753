import { createHash } from 'node:crypto';
import { isJsonObject } from '../json-protocol';
import { invalidValue } from './errors';

const MAX_ATTRIBUTES = 10;
const MAX_NAME_LENGTH = 256;
const STRING = 1;
const BINARY = 2;

/** An attribute of a message as it stands on the wire; `BinaryValue` in base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/**
 * The attributes of a message in a request.
 *
 * @throws ServiceError for what SQS does not take
 */
export function readMessageAttributes(given: unknown): MessageAttributes {
  if (given === undefined || given === null) return {};
  if (!isJsonObject(given)) throw invalidValue('MessageAttributes must be a map of names to attributes.');
  const entries = Object.entries(given);
  if (entries.length > MAX_ATTRIBUTES) {
    throw invalidValue(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, readAttribute(name, value)]));
}

/** What counts towards the size of a message. */
export function bytesOfAttributes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueOf(attribute).length,
    0,
  );
}

/**
 * The digest by which clients check that their attributes arrived; undefined without any. Sorted by name; of each its name, type and value, each after its
 * length in four bytes, the value after one byte more that tells text from bytes.
 * Source: SQS developer guide, "Calculating the MD5 message digest for message attributes".
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).toSorted();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const attribute = attributes[name];
    if (!attribute) continue;
    const kind = attribute.StringValue === undefined ? BINARY : STRING;
    for (const part of [sized(Buffer.from(name)), sized(Buffer.from(attribute.DataType)), Buffer.of(kind), sized(valueOf(attribute))]) {
      hash.update(part);
    }
  }
  return hash.digest('hex');
}

/** Those that a receiver asked for: by name, by `prefix.*`, or `All`. */
export function selectAttributes(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    names.some((wanted) => {
      if (wanted === 'All' || wanted === '.*') return true;
      return wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
    });
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

function readAttribute(name: string, value: unknown): MessageAttribute {
  const isName = name.length <= MAX_NAME_LENGTH && /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]+(?<!\.)$/.test(name) && !/^(aws|amazon)\./i.test(name);
  if (!isName) throw invalidValue(`The message attribute name '${name}' is invalid.`);
  const { DataType, StringValue, BinaryValue } = isJsonObject(value) ? value : {};
  const [, type] = (typeof DataType === 'string' && /^(String|Number|Binary)(?:\..+)?$/.exec(DataType)) || [];
  if (typeof DataType !== 'string' || type === undefined) {
    throw invalidValue(`The type of message attribute '${name}' is invalid. You must use only Binary, Number, and String as prefixes.`);
  }
  const text = type === 'Binary' ? BinaryValue : StringValue;
  if (typeof text !== 'string' || text === '') {
    throw invalidValue(`The message attribute '${name}' must contain a non-empty value for its type '${DataType}'.`);
  }
  if (type === 'Binary') return { DataType, BinaryValue: text };
  if (type === 'Number' && !Number.isFinite(Number(text))) {
    throw invalidValue(`Can't cast the value of message attribute '${name}' to a number.`);
  }
  return { DataType, StringValue: text };
}

function valueOf({ StringValue, BinaryValue = '' }: MessageAttribute): Buffer {
  return StringValue === undefined ? Buffer.from(BinaryValue, 'base64') : Buffer.from(StringValue);
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
