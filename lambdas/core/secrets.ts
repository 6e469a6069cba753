import type { Clock } from './clock';
import { ExpiringCache } from './expiring-cache';
import { type AwsConfig, createSignedJsonCall, type JsonAnswer } from './signed-json-call';

/** A rotated key is in use at most this long after. */
const TTL_MS = 300_000;
const MAX_SECRETS = 64;
/** What can stand in an HTTP header as it is. */
const API_KEY = /^[\x21-\x7e]+$/;

/** Reads the API key in a secret, by the secret's name or ARN; at once where it is known. @throws Error naming the secret and what is wrong with it; never its content. */
export type ReadApiKey = (secretId: string) => Promise<string> | string;

/**
 * API keys from AWS Secrets Manager, read when first needed and kept for five minutes. Calls that need the same one at once share one read.
 * A failure is not kept, so that a secret that is put right works with the next call.
 *
 * @param endpoint Overrides the service's address in the region.
 */
export function createApiKeys(config: AwsConfig, endpoint: string | undefined, clock: Clock): ReadApiKey {
  const getSecretValue = createSignedJsonCall(config, {
    service: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    target: 'secretsmanager.GetSecretValue',
    addressIn: (region) => endpoint ?? `https://secretsmanager.${region}.amazonaws.com`,
  });
  const cache = new ExpiringCache<string>({ ttlMs: TTL_MS, maxEntries: MAX_SECRETS, nowMs: () => clock.nowMs() });

  async function read(secretId: string): Promise<string> {
    return apiKeyIn(await getSecretValue(JSON.stringify({ SecretId: secretId })));
  }

  return (secretId) =>
    cache.fresh(secretId) ??
    cache.get(secretId, () =>
      read(secretId).catch((cause: unknown) => {
        throw new Error(`The API key in secret "${secretId}" cannot be read (secretsmanager:GetSecretValue).`, { cause });
      }),
    );
}

function apiKeyIn({ status, text }: JsonAnswer): string {
  let answer: { readonly SecretString?: unknown; readonly __type?: unknown; readonly message?: unknown; readonly Message?: unknown };
  try {
    answer = JSON.parse(text);
  } catch {
    // Without the parser's own message: it quotes what it read.
    throw new Error(`Secrets Manager answered ${status} with what is not JSON.`);
  }
  if (status !== 200) throw new Error(`${String(answer.__type)}: ${String(answer.message ?? answer.Message)}`);
  const key = typeof answer.SecretString === 'string' ? answer.SecretString.trim() : '';
  if (key.startsWith('{') || !API_KEY.test(key)) {
    throw new Error('The secret must hold the key itself as its string: no JSON, no binary value, no white space within.');
  }
  return key;
}
