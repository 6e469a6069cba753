const MAX_PAIRS = 16;
/** API reference of ConverseStream, `requestMetadata`. */
const KEY = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;
const VALUE = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/**
 * The caller's tags for Bedrock's invocation log; undefined where Bedrock would refuse them. They are for filtering and change no answer,
 * and the audit record has them in any case.
 */
export function requestMetadataOf(metadata: Readonly<Record<string, string>> = {}): Record<string, string> | undefined {
  const pairs = Object.entries(metadata);
  if (pairs.length === 0 || pairs.length > MAX_PAIRS) return undefined;
  return pairs.every(([key, value]) => KEY.test(key) && VALUE.test(value)) ? Object.fromEntries(pairs) : undefined;
}
