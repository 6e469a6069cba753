import type { ContentPart } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { invalidField } from '../invalid-field';
import { refuseMembers, requireCapability, unsupported } from '../refuse-unsupported';
import { CACHE_MARKER } from './cache-marker';

/** 5 MB in base64, Anthropic's limit; Converse has the same one, said in bytes (API reference of Message). */
const MAX_IMAGE_BYTES = 3_932_160;

const PART_MEMBERS: ReadonlySet<string> = new Set(['type', 'image_url', CACHE_MARKER]);
const URL_MEMBERS: ReadonlySet<string> = new Set(['url', 'detail']);
const FORMATS: Readonly<Record<string, ImageFormat>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};
const MAX_SHOWN_CHARACTERS = 40;

export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';

export interface Image {
  /** Its media type is `image/` and this. */
  readonly format: ImageFormat;
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly base64: string;
}

/**
 * The image of an `image_url` part.
 *
 * @param path The part's own.
 * @throws GatewayError `unsupported_field` or `invalid_request`
 */
export function imageOf(request: ModelRequest, part: ContentPart, path: string): Image {
  const modelId = request.model.id;
  requireCapability(request, path, ({ images }) => images, 'Leave the image out');
  refuseMembers(part, PART_MEMBERS, path, modelId);
  const image = part.image_url ?? { url: '' };
  refuseMembers(image, URL_MEMBERS, `${path}.image_url`, modelId);
  if (image.detail !== undefined && image.detail !== 'auto') throw unsupported(`${path}.image_url.detail`, modelId, 'Send `auto`.');

  const param = `${path}.image_url.url`;
  const { mediaType, data } = readDataUrl(image.url, param, modelId);
  const format = FORMATS[mediaType];
  if (format === undefined) {
    throw unsupported(
      param,
      modelId,
      `Allowed are ${Object.keys(FORMATS).join(', ')}; received ${mediaType.slice(0, MAX_SHOWN_CHARACTERS)}.`,
    );
  }
  const bytes = Buffer.from(data, 'base64');
  // Buffer passes over what is no base64.
  if (bytes.length === 0 || bytes.toString('base64') !== data) throw invalidField(param, 'is not valid base64 after `base64,`.');
  if (bytes.length > MAX_IMAGE_BYTES)
    throw invalidField(param, `has ${bytes.length} bytes; at most ${MAX_IMAGE_BYTES} are allowed. Send a smaller image.`);
  if (formatOf(bytes) !== format)
    throw invalidField(param, `says ${mediaType}, and its bytes are ${formatOf(bytes) ?? 'none of the formats allowed'}.`);
  return { format, bytes, base64: data };
}

function readDataUrl(url: string, param: string, modelId: string): { readonly mediaType: string; readonly data: string } {
  if (/^https?:/i.test(url)) {
    throw unsupported(param, modelId, 'The gateway fetches nothing: send the image itself, as `data:image/png;base64,…`.');
  }
  const comma = url.indexOf(',');
  const head = /^data:([^;,]+);base64$/i.exec(url.slice(0, comma));
  if (comma === -1 || head?.[1] === undefined) throw invalidField(param, 'is no image: send it as `data:image/png;base64,…`.');
  return { mediaType: head[1].toLowerCase(), data: url.slice(comma + 1) };
}

function formatOf(bytes: Buffer): ImageFormat | undefined {
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  return head.startsWith('RIFF') && head.endsWith('WEBP') ? 'webp' : undefined;
}
