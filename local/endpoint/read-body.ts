/** Larger than any body that the platform's functions send. */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/** Collects a body, at most 10 MB of it; undefined when it is longer. What is too long is read to its end, so that the caller gets its answer. */
export async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  return bytes > MAX_REQUEST_BYTES ? undefined : Buffer.concat(chunks, bytes);
}
