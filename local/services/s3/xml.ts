import { escapeXml } from '../../endpoint/unroutable';
import type { WireResponse } from '../../service';

/** Text, members in order, or several elements of one name. Undefined members are left out. */
export type XmlValue = string | number | boolean | undefined | XmlMembers | readonly XmlMembers[];
export interface XmlMembers {
  readonly [name: string]: XmlValue;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An answer whose document has that root. */
export function xmlAnswer(root: string, members: XmlMembers, status = 200, headers: Readonly<Record<string, string>> = {}): WireResponse {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return {
    status,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: `${DECLARATION}<${root}${namespace}>${membersXml(members)}</${root}>`,
  };
}

function membersXml(members: XmlMembers): string {
  return Object.entries(members)
    .map(([name, value]) => elementXml(name, value))
    .join('');
}

function elementXml(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: XmlMembers) => elementXml(name, item)).join('');
  const inner = typeof value === 'object' ? membersXml(value as XmlMembers) : textXml(String(value));
  return `<${name}>${inner}</${name}>`;
}

/** Control characters cannot stand in XML 1.0: S3 sends them as references, which readers take. */
function textXml(text: string): string {
  return Array.from(escapeXml(text), (character) => (character < ' ' ? `&#${character.charCodeAt(0)};` : character)).join('');
}
