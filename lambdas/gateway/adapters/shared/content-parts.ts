import type { ChatMessage, ContentPart } from '../../openai/request';
import { invalidField } from '../invalid-field';
import { refuseMembers, unsupported } from '../refuse-unsupported';
import { CACHE_MARKER, isCacheMarked } from './cache-marker';

const TEXT_PART_MEMBERS: ReadonlySet<string> = new Set(['type', 'text', CACHE_MARKER]);

interface LocatedPart {
  readonly part: ContentPart;
  readonly partPath: string;
}

export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
  /** Whether the provider's prompt cache is to keep all up to here. */
  readonly cached: boolean;
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

/**
 * A text part as a block. Exactly empty ones say nothing and are left out; blank ones the providers refuse, and so do we, by name.
 *
 * @param cacheMarkers Whether the provider's API has them.
 */
export function textBlocks(part: ContentPart, path: string, modelId: string, cacheMarkers: boolean, allowed?: string): TextBlock[] {
  const text = textIn(part, path, modelId, allowed);
  const cached = isCacheMarked(part, path, modelId, cacheMarkers);
  if (text === '' && !cached) return [];
  if (text.trim() === '') throw invalidField(path, 'has nothing but white space: it needs text.');
  return [{ type: 'text', text, cached }];
}
