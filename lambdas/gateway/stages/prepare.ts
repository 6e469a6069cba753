import { canonicalJson, sha256Hex } from '../../core/canonical-json';
import { GatewayError } from '../../core/errors';
import { parseChatRequest } from '../openai/parse-request';
import type { ChatRequest } from '../openai/request';
import type { RoutePreference } from '../routing/choose-models';
import { type OutputCheck, outputCheckOf } from '../validation/output-check';

export interface PreparedRequest {
  readonly body: ChatRequest;
  /** SHA-256 of the body in canonical JSON. */
  readonly inputHash: string;
  /** What the answer is held to. Undefined where any text will do. */
  readonly check: OutputCheck | undefined;
  /** Of a call of a prompt. */
  readonly promptId?: string;
  /** Of a prompt: which models it prefers, in place of the body's `model`. */
  readonly preference?: RoutePreference;
}

/** @throws GatewayError `invalid_json` or `invalid_request` */
export function prepare(text: string): PreparedRequest {
  const parsed = parseJson(text);
  const inputHash = sha256Hex(canonicalJson(parsed));
  const body = parseChatRequest(parsed);
  return { body, inputHash, check: outputCheckOf(body) };
}

/** @throws GatewayError `invalid_json` */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new GatewayError('invalid_json', 'The body is empty: send a JSON object.');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('invalid_json', `The body is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
