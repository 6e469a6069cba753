import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Record<string, AttributeValue>;

/** A record as DynamoDB's attribute values; undefined members are left out. Throws TypeError for what has no faithful form. */
export function marshalItem(record: object): Item {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, marshal(value)]),
  );
}

/** The JSON of a value as DynamoDB's attribute value, without the value itself. Throws TypeError for what has no faithful form. */
export function attributeJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `{"S":${JSON.stringify(value)}}`;
    case 'number':
      if (Number.isFinite(value)) return `{"N":"${value}"}`;
      break;
    case 'boolean':
      return `{"BOOL":${value}}`;
    case 'object':
      if (value === null) return '{"NULL":true}';
      return Array.isArray(value) ? `{"L":[${value.map(attributeJson).join(',')}]}` : `{"M":{${membersJson(value)}}}`;
  }
  throw noForm(value);
}

function membersJson(record: object): string {
  let json = '';
  for (const key in record) {
    const value = (record as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined) json += `${json === '' ? '' : ','}${nameJson(key)}${attributeJson(value)}`;
  }
  return json;
}

/** Names of members as JSON, with their colon: records have few, callers' metadata any. */
const names = new Map<string, string>();
const MAX_NAMES = 512;

function nameJson(name: string): string {
  let json = names.get(name);
  if (json === undefined) {
    json = `${JSON.stringify(name)}:`;
    if (names.size < MAX_NAMES) names.set(name, json);
  }
  return json;
}

export function unmarshalItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, unmarshal(value)]));
}

function marshal(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(marshal) };
  if (typeof value === 'object') return { M: marshalItem(value) };
  throw noForm(value);
}

function noForm(value: unknown): TypeError {
  return new TypeError(`cannot store ${String(value)} (${typeof value})`);
}

function unmarshal(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.L !== undefined) return value.L.map(unmarshal);
  if (value.M !== undefined) return unmarshalItem(value.M);
  throw new TypeError(`attribute type not in use here: ${Object.keys(value).join(', ')}`);
}
