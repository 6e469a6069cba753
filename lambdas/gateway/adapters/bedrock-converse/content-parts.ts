import type { ChatMessage, ContentPart } from '../../openai/request';
import { invalidField } from '../invalid-field';
import { refuseMembers, unsupported } from '../refuse-unsupported';

const TEXT_PART_MEMBERS: ReadonlySet<string> = new Set(['type', 'text']);

interface LocatedPart {
  readonly part: ContentPart;
  readonly partPath: string;
}

/** A message's content as parts, whichever way it was sent. */
export function partsOf({ content }: ChatMessage, path: string): readonly LocatedPart[] {
  if (content === undefined) return [];
  if (typeof content === 'string') return [{ part: { type: 'text', text: content }, partPath: `${path}.content` }];
  return content.map((part, index) => ({ part, partPath: `${path}.content[${index}]` }));
}

/** A part's text. @throws GatewayError `unsupported_field` for another kind of part. */
export function textIn(part: ContentPart, path: string, modelId: string, allowed = '`text`'): string {
  if (part.type !== 'text' || part.text === undefined) throw unsupported(`${path}.type`, modelId, `Allowed here: ${allowed}.`);
  refuseMembers(part, TEXT_PART_MEMBERS, path, modelId);
  return part.text;
}

/** A text as a block. Exactly empty ones say nothing and are left out; blank ones Converse refuses, and so do we, by name. */
export function textBlocks(text: string, path: string): { text: string }[] {
  if (text === '') return [];
  if (text.trim() === '') throw invalidField(path, 'has nothing but white space: it needs text.');
  return [{ text }];
}
