import { randomBytes } from 'node:crypto';
import type { AttributeValue, Item } from './engine';

export const VIEW_TYPES = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const;
export type StreamViewType = (typeof VIEW_TYPES)[number];

/** Who made a change, where it was DynamoDB itself. */
export interface UserIdentity {
  readonly type: 'Service';
  readonly principalId: 'dynamodb.amazonaws.com';
}

/** An item before and after a write; undefined where it was not there. */
export interface Change {
  readonly keys: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly userIdentity?: UserIdentity;
}

/** A record as Lambda hands it to a function. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
  };
  readonly eventSourceARN: string;
  readonly userIdentity?: UserIdentity;
}

export interface RecordContext {
  readonly streamArn: string;
  readonly region: string;
  readonly viewType: StreamViewType;
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** The record of a change; undefined where nothing changed, of which DynamoDB says nothing either. */
export function recordOf(change: Change, { streamArn, region, viewType, sequenceNumber, atMs }: RecordContext): StreamRecord | undefined {
  const { keys, before, after, userIdentity } = change;
  if (canonical(before) === canonical(after)) return undefined;
  const images = {
    ...(after && (viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES') && { NewImage: after }),
    ...(before && (viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES') && { OldImage: before }),
  };
  return {
    eventID: randomBytes(16).toString('hex'),
    eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(atMs / 1000),
      Keys: keys,
      ...images,
      SequenceNumber: sequenceNumber,
      SizeBytes: [keys, ...Object.values(images)].reduce((sum, item) => sum + sizeOfItem(item), 0),
      StreamViewType: viewType,
    },
    eventSourceARN: streamArn,
    ...(userIdentity && { userIdentity }),
  };
}

/** One text for equal items: the order of attributes and of a set's members says nothing. */
function canonical(item: Item | undefined): string {
  return (
    JSON.stringify(item, (name, value: unknown) => {
      if (Array.isArray(value) && (name === 'SS' || name === 'NS' || name === 'BS')) return value.map(String).toSorted();
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? ''
  );
}

function sizeOfItem(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

/** By the developer guide's rules for item sizes. */
function sizeOfValue(value: AttributeValue): number {
  const [type = '', content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'N':
      return Math.ceil(String(content).replace(/[^0-9]/g, '').length / 2) + 1;
    case 'B':
      return Buffer.from(String(content), 'base64').length;
    case 'M':
      return 3 + Object.keys(content as Item).length + sizeOfItem(content as Item);
    case 'L':
      return 3 + (content as readonly AttributeValue[]).reduce((sum, element) => sum + 1 + sizeOfValue(element), 0);
    case 'SS':
    case 'NS':
    case 'BS':
      return (content as readonly string[]).reduce((sum, element) => sum + sizeOfValue({ [type.charAt(0)]: element }), 0);
    default:
      return 1;
  }
}
