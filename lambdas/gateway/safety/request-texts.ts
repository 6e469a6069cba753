import type { GuardedPart } from '../../core/safety/guard';

/**
 * Every text of a request's body, in the order in which they stand. Which members are none is said here, and all others are: a member that the
 * gateway does not know is looked at like the rest.
 */

/** Values of a fixed set, and the model's name. */
const NOT_TEXT: ReadonlySet<string> = new Set([
  'model',
  'role',
  'type',
  'task_type',
  'input_type',
  'encoding_format',
  'reasoning_effort',
  'detail',
]);
/** Members that are looked at as one JSON text, their keys too: a key may say what its value is. */
const AS_JSON: ReadonlySet<string> = new Set(['metadata', 'tags', 'parameters', 'schema']);

type Change = (part: GuardedPart) => string;

interface Place {
  readonly key: string | undefined;
  /** Of the message that it is in. */
  readonly role: string | undefined;
}

export function textsOf(body: object): readonly GuardedPart[] {
  const parts: GuardedPart[] = [];
  mapTexts(body, (part) => {
    parts.push(part);
    return part.text;
  });
  return parts;
}

/** The body with other texts in their places. @param texts One for each of `textsOf`. */
export function withTexts<T extends object>(body: T, texts: readonly string[]): T {
  let next = 0;
  return mapTexts(body, () => {
    const text = texts[next++];
    if (text === undefined) throw new Error(`The body has more than ${texts.length} texts.`);
    return text;
  });
}

function mapTexts<T extends object>(body: T, change: Change): T {
  return mapValue(body, { key: undefined, role: undefined }, change) as T;
}

function mapValue(value: unknown, place: Place, change: Change): unknown {
  if (typeof value === 'string') return isText(value, place) ? change(partOf(value, place)) : value;
  if (Array.isArray(value)) return value.map((one) => mapValue(one, place, change));
  if (typeof value !== 'object' || value === null) return value;
  if (place.key !== undefined && AS_JSON.has(place.key)) return JSON.parse(change(jsonPart(JSON.stringify(value), place)));
  const role = 'role' in value && typeof value.role === 'string' ? value.role : place.role;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapValue(member, { key, role }, change)]));
}

function isText(value: string, { key }: Place): boolean {
  // An image's bytes are no text, and no text can hide in a prefix of them: it is the base64 of an image or is refused as one.
  if (key === 'url' && value.startsWith('data:')) return false;
  return key === undefined || !NOT_TEXT.has(key);
}

function partOf(text: string, place: Place): GuardedPart {
  if (place.key === 'arguments' || place.role === 'tool') return jsonPart(text, place);
  return { text, origin: 'input', format: 'text', checkInjection: place.role === 'user' };
}

/** What a tool has answered was not written by the caller. */
function jsonPart(text: string, { role }: Place): GuardedPart {
  const isRetrieved = role === 'tool';
  return { text, origin: isRetrieved ? 'retrieved' : 'input', format: 'json', checkInjection: isRetrieved };
}
