import { constraintError, invalid, objectAt, stringAt, unionAt } from './constraints';
import type { JsonObject } from './model';

const MAX_IMAGE_BYTES = 3_932_160;

/** Whether the first bytes, as Latin-1, are those of the format. */
const SIGNATURES: Readonly<Record<string, (head: string) => boolean>> = {
  png: (head) => head.startsWith('\x89PNG\r\n\x1a\n'),
  jpeg: (head) => head.startsWith('\xff\xd8\xff'),
  gif: (head) => head.startsWith('GIF87a') || head.startsWith('GIF89a'),
  webp: (head) => head.startsWith('RIFF') && head.endsWith('WEBP'),
};

/** An image block: its bytes come with it, and are of the format that it names. */
export function readImage(image: JsonObject, path: string): { readonly format: string; readonly bytes: number } {
  const format = stringAt(image.format, `${path}.format`);
  const signature = Object.hasOwn(SIGNATURES, format) ? SIGNATURES[format] : undefined;
  if (signature === undefined) throw constraintError(format, `${path}.format`, 'satisfy enum value set: [gif, jpeg, png, webp]');
  const source = unionAt(objectAt(image.source, `${path}.source`), `${path}.source`, ['bytes', 's3Location']);
  if (source.name === 's3Location') throw invalid(`The local emulator does not emulate "s3Location" at ${path}.source. Send the bytes.`);
  const encoded = stringAt(source.value, `${path}.source.bytes`);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length === 0) throw invalid(`The image at ${path} is empty. Add bytes to it, and try again.`);
  if (bytes.length > MAX_IMAGE_BYTES)
    throw invalid(`The image at ${path} has ${bytes.length} bytes; at most ${MAX_IMAGE_BYTES} are allowed.`);
  if (!signature(bytes.toString('latin1', 0, 12)))
    throw invalid(`Could not process image: the bytes at ${path} are not those of a ${format}.`);
  return { format, bytes: bytes.length };
}
