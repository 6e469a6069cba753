import * as z from 'zod';
import { CommandError } from '../commands/cli-error';

/** As `fetch`, with what the gateway knows the caller by. */
export type GatewayFetch = (path: string, init: PromptCall) => Promise<Response>;

export interface PromptCall {
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is asked for: a version, or a label. */
export type Asked = { readonly version: number } | { readonly label: string };

export interface PromptAnswer {
  readonly callId: string;
  /** The version that was served. */
  readonly version: number;
  readonly model: string;
  readonly costMicroUsd: number;
  readonly content: string;
}

/** The call was not answered. It costs what it has cost. */
export interface NoAnswer {
  readonly reason: string;
  readonly callId: string | undefined;
  readonly costMicroUsd: number;
}

const MICRO_PER_USD = 1_000_000;
const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
/** No other case would be answered either. */
const HOPELESS: readonly number[] = [401, 403, 404];

/**
 * One call of a prompt, answered anew.
 *
 * @param metadata What usage is counted by.
 * @throws CommandError when no call of the prompt can be answered: it is not there, or the caller may not use it.
 */
export async function askPrompt(
  gateway: GatewayFetch,
  id: string,
  asked: Asked,
  variables: object,
  metadata: Readonly<Record<string, string>>,
): Promise<PromptAnswer | NoAnswer> {
  const response = await gateway(`/prompts/${id}/completions`, {
    method: 'POST',
    // What was said before says nothing of what is said now.
    headers: { 'content-type': 'application/json', 'x-blueprint-cache-control': 'no-cache,no-store' },
    body: JSON.stringify({ ...asked, variables, metadata }),
  });
  const callId = response.headers.get('x-blueprint-trace-id') ?? undefined;
  const costMicroUsd = Math.round(Number(response.headers.get('x-blueprint-cost-usd') ?? 0) * MICRO_PER_USD);
  const body: unknown = await response.json().catch(() => undefined);
  const version = Number(/@(\d+)$/.exec(response.headers.get('x-blueprint-prompt-version') ?? '')?.[1]);
  const answer = completion.safeParse(body);
  if (response.ok && answer.success && callId !== undefined && Number.isInteger(version)) {
    const model = response.headers.get('x-blueprint-model') ?? 'unknown';
    return { callId, version, model, costMicroUsd, content: answer.data.choices[0]?.message.content ?? '' };
  }
  const told = failure.safeParse(body);
  const reason = told.success ? `${told.data.error.code}: ${told.data.error.message}` : `What answered ${response.status} is no gateway.`;
  if (HOPELESS.includes(response.status)) throw new CommandError(`Prompt ${id} cannot be asked: ${reason}${remedyOf(id, response.status)}`);
  return { reason, callId, costMicroUsd };
}

function remedyOf(id: string, status: number): string {
  if (status === 404) return ` Is it pushed and promoted? blueprint prompts list ${id}.`;
  return ' Set BLUEPRINT_API_KEY to a key of the gateway, or map the role of whoever runs this: blueprint roles register.';
}
