import { type AwsConfig, createSignedJsonCall } from '../signed-json-call';
import { type GuardrailVerdict, readVerdict } from './read-verdict';

/** Longest that a verdict may take: what is not looked at by then is not let through. */
const TIMEOUT_MS = 5_000;

/** Whose words a guardrail looks at: those that go to a model, or come from it. */
export type GuardrailSource = 'INPUT' | 'OUTPUT';

/**
 * Holds texts to a guardrail of Bedrock. @param texts None of them empty, 25,000 characters at most together.
 * @throws Error for every answer that is no verdict, and for none; never with a word of the texts.
 */
export type ApplyGuardrail = (source: GuardrailSource, texts: readonly string[]) => Promise<GuardrailVerdict>;

export interface GuardrailAddress {
  /** Letters and digits: no ARN. */
  readonly id: string;
  /** A number, as text. */
  readonly version: string;
  /** Overrides the service's address in the region. */
  readonly endpoint?: string | undefined;
  /** @default 5,000 */
  readonly timeoutMs?: number;
}

/** ApplyGuardrail of Bedrock Runtime by a signed request of our own. Nothing is sent twice. */
export function createApplyGuardrail(
  config: AwsConfig,
  { id, version, endpoint, timeoutMs = TIMEOUT_MS }: GuardrailAddress,
): ApplyGuardrail {
  if (!/^[a-z0-9]+$/.test(id))
    throw new Error(`GUARDRAIL_ID must be a guardrail's id, of lower-case letters and digits; received "${id}".`);
  if (!/^([1-9][0-9]{0,7}|DRAFT)$/.test(version)) {
    throw new Error(`GUARDRAIL_VERSION must be the number of a version, or DRAFT; received "${version}".`);
  }
  const call = createSignedJsonCall(config, {
    service: 'bedrock',
    contentType: 'application/json',
    path: `/guardrail/${id}/version/${version}/apply`,
    timeoutMs,
    addressIn: (region) => endpoint ?? `https://bedrock-runtime.${region}.amazonaws.com`,
  });
  return async (source, texts) => {
    const what = `The guardrail "${id}", version ${version}, gave no verdict`;
    const body = JSON.stringify({ source, content: texts.map((one) => ({ text: { text: one } })) });
    const { status, text } = await call(body).catch((cause: unknown) => {
      throw new Error(`${what}.`, { cause });
    });
    // Without the service's message, which may quote what it was sent.
    if (status !== 200) throw new Error(`${what}: Bedrock answered ${status}.`);
    return readVerdict(text, texts.length);
  };
}
