import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { type Agent, type AgentEvent, type AgentOutput, outputSchemaOf } from './agent';
import { AgentOutputError, GatewayCallError } from './errors';
import { type Sleep, waitForRoom } from './wait-for-room';

/** As `createSignedFetch` makes it. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface GatewayAccess {
  /** Of the gateway, without a trailing slash. */
  readonly url: string;
  /** Signs as the agent's own role. */
  readonly fetch: Fetch;
  /** Between two attempts at a gateway that is busy. @default - time that passes */
  readonly sleep?: Sleep;
}

export interface ModelAnswer {
  readonly output: AgentOutput;
  readonly callId: string;
  /** The model that answered. */
  readonly model: string;
  /** Whose call it was; undefined where the gateway does not say. */
  readonly tenant: string | undefined;
}

/** Of a body that is quoted in an error. */
const MAX_QUOTED = 300;

const completion = z.object({
  model: z.string(),
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * Asks the gateway what to make of an event. The answer is held to the agent's output schema twice: by the gateway, which repairs or asks a
 * larger model, and here, where what a JSON schema cannot say is checked too. A gateway that is busy is asked again: see waitForRoom.
 *
 * @throws GatewayCallError or AgentOutputError
 */
export async function askModel(
  agent: Agent,
  event: AgentEvent<unknown>,
  gateway: GatewayAccess,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const url = `${gateway.url}/iam/v1/chat/completions`;
  const { sleep = passingTime } = gateway;
  const response = await waitForRoom(() => send(url, requestOf(agent, event), gateway, signal), { signal, sleep, random: Math.random });
  const callId = response.headers.get('x-blueprint-trace-id') ?? undefined;
  const text = await textOf(response, callId);
  if (!response.ok) throw new GatewayCallError(describeFailure(response.status, text), response.status, callId);
  const answer = completion.safeParse(parseJson(text));
  if (!answer.success || callId === undefined) {
    throw new GatewayCallError(`What answered is no gateway: ${quoted(text)}`, response.status, callId);
  }
  const content = answer.data.choices[0]?.message.content ?? '';
  return {
    output: checked(agent, content, callId),
    callId,
    model: response.headers.get('x-blueprint-model') ?? answer.data.model,
    tenant: response.headers.get('x-blueprint-tenant') ?? undefined,
  };
}

async function passingTime(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

function requestOf(agent: Agent, event: AgentEvent<unknown>): object {
  const { name, prompt, model, taskType, maxTokens } = agent;
  return {
    model,
    messages: [
      { role: 'system', content: prompt.system },
      { role: 'user', content: prompt.user(event) },
    ],
    response_format: { type: 'json_schema', json_schema: { name: `${name}_decision`, strict: true, schema: outputSchemaOf(agent) } },
    max_completion_tokens: maxTokens,
    ...(taskType !== undefined && { task_type: taskType }),
    // Counted by service in the gateway's metrics; found by event and prompt in its audit trail.
    metadata: { service: `agent-${name}`, event_id: event.id.slice(0, 512), prompt: `${prompt.id}@${prompt.version}` },
  };
}

async function send(url: string, body: object, { fetch }: GatewayAccess, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
  } catch (cause) {
    throw new GatewayCallError('The gateway did not answer.', undefined, undefined, { cause });
  }
}

async function textOf(response: Response, callId: string | undefined): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw new GatewayCallError('The gateway’s answer broke off.', response.status, callId, { cause });
  }
}

function checked({ name, output }: Agent, content: string, callId: string): AgentOutput {
  const parsed = output.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new AgentOutputError(
    `The answer does not hold to the output of agent ${name}: ${z.prettifyError(parsed.error)}. Answered: ${quoted(content)}`,
    callId,
  );
}

function describeFailure(status: number, text: string): string {
  const known = failure.safeParse(parseJson(text));
  return known.success
    ? `The gateway refused with ${status} ${known.data.error.code}: ${known.data.error.message}`
    : `The gateway answered ${status}: ${quoted(text)}`;
}

/** Undefined for what is not JSON, which no schema here takes. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}
