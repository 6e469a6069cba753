import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import type { Agent, AgentEvent, AgentOutput } from './agent';
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
  readonly prompt: ServedPrompt;
  /** Whose call it was; undefined where the gateway does not say. */
  readonly tenant: string | undefined;
}

/** The version of a prompt that a call was given. */
export interface ServedPrompt {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of its content, in hex. */
  readonly hash: string;
}

/** Of a body that is quoted in an error. */
const MAX_QUOTED = 300;
/** As the gateway takes it. */
const MAX_SUBJECT = 512;

const completion = z.object({
  model: z.string(),
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const SERVED_VERSION = /^(?<id>[a-z0-9-]+)@(?<version>\d+)$/;
const HASH = /^[0-9a-f]{64}$/;

/** What helps where the registry has no such prompt, or gives none. */
const REMEDIES: Readonly<Record<string, (prompt: string) => string>> = {
  prompt_not_found: (prompt) => `blueprint prompts push ${prompt} --promote-new --confirm`,
  prompt_label_not_found: (prompt) => `blueprint prompts promote ${prompt} <version> --confirm`,
  prompt_version_not_found: (prompt) => `blueprint prompts promote ${prompt} <version> --confirm`,
};

/**
 * Asks the gateway what to make of an event, by the agent's prompt. The answer is held to a schema twice: to the prompt's by the gateway, which
 * repairs or asks a larger model, and to the agent's here, where what a JSON schema cannot say is checked too. A gateway that is busy is asked
 * again: see waitForRoom.
 *
 * @throws GatewayCallError or AgentOutputError
 */
export async function askModel(
  agent: Agent,
  event: AgentEvent<unknown>,
  gateway: GatewayAccess,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const url = `${gateway.url}/iam/v1/prompts/${agent.prompt}/completions`;
  const { sleep = passingTime } = gateway;
  const response = await waitForRoom(() => send(url, requestOf(agent, event), gateway, signal), { signal, sleep, random: Math.random });
  const callId = response.headers.get('x-blueprint-trace-id') ?? undefined;
  const text = await textOf(response, callId);
  if (!response.ok) throw new GatewayCallError(describeFailure(agent, response.status, text), response.status, callId);
  const answer = completion.safeParse(parseJson(text));
  const prompt = servedPrompt(response.headers);
  if (!answer.success || callId === undefined || prompt === undefined) {
    throw new GatewayCallError(`What answered is no gateway: ${quoted(text)}`, response.status, callId);
  }
  const content = answer.data.choices[0]?.message.content ?? '';
  return {
    output: checked(agent, prompt, content, callId),
    callId,
    model: response.headers.get('x-blueprint-model') ?? answer.data.model,
    prompt,
    tenant: response.headers.get('x-blueprint-tenant') ?? undefined,
  };
}

async function passingTime(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal });
}

function requestOf(agent: Agent, event: AgentEvent<unknown>): object {
  const eventId = event.id.slice(0, MAX_SUBJECT);
  return {
    variables: agent.variables(event),
    // An event that comes again is given the same version by a canary or an experiment.
    subject: eventId,
    // Counted by service in the gateway's metrics; found by event in its audit trail.
    metadata: { service: `agent-${agent.name}`, event_id: eventId },
  };
}

/** Undefined for what no gateway says of a prompt's call. */
function servedPrompt(headers: Headers): ServedPrompt | undefined {
  const { id, version } = SERVED_VERSION.exec(headers.get('x-blueprint-prompt-version') ?? '')?.groups ?? {};
  const hash = headers.get('x-blueprint-prompt-hash') ?? '';
  return id === undefined || !HASH.test(hash) ? undefined : { id, version: Number(version), hash };
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

function checked({ name, output }: Agent, prompt: ServedPrompt, content: string, callId: string): AgentOutput {
  const parsed = output.safeParse(parseJson(content));
  if (parsed.success) return parsed.data;
  throw new AgentOutputError(
    `The answer of prompt ${prompt.id} version ${prompt.version} does not hold to the output of agent ${name}: ${z.prettifyError(parsed.error)}. Answered: ${quoted(content)}`,
    callId,
  );
}

function describeFailure({ prompt }: Agent, status: number, text: string): string {
  const known = failure.safeParse(parseJson(text));
  if (!known.success) return `The gateway answered ${status}: ${quoted(text)}`;
  const { code, message } = known.data.error;
  const remedy = Object.hasOwn(REMEDIES, code) ? ` What helps: ${REMEDIES[code]?.(prompt)}` : '';
  return `The gateway refused with ${status} ${code}: ${message}${remedy}`;
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
