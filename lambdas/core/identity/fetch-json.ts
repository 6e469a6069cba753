/** No answer within this time is a failure, connecting included. */
const TIMEOUT_MS = 2_000;
/** Far above what any issuer publishes. */
const MAX_BYTES = 256 * 1024;

/** The JSON at an address that is configured. Follows no redirect. @throws Error for anything but a 200 with JSON, in time and of a size that is bounded. */
export async function fetchJson(uri: string, timeoutMs = TIMEOUT_MS): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(uri, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`It answers ${response.status}.`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`It answers with more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
