import * as z from 'zod';
import { GatewayError } from '../../core/errors';
import { slug, versionNumber } from '../../core/prompts/slug';
import { describeProblem } from '../describe-problem';
import { isObject, nameOf, withoutNulls } from '../openai/parse-request';
import { chatRequest } from '../openai/request';

const { stream, stream_options, task_type, max_cost_usd, user, metadata } = chatRequest.shape;

const promptRequest = z.object({
  /** Checked against the version's own schema, once that is known. */
  variables: z.unknown().optional(),
  label: slug.optional(),
  version: versionNumber.optional(),
  /** Who or what the call is about: calls of one subject are given the same version. `user` when absent. */
  subject: z.string().min(1).max(512).optional(),
  messages: chatRequest.shape.messages.optional(),
  model: chatRequest.shape.model.optional(),
  stream,
  stream_options,
  task_type,
  max_cost_usd,
  user,
  metadata,
});

/** The body of a call of a prompt. */
export type PromptRequest = Omit<z.infer<typeof promptRequest>, 'variables'> & {
  readonly variables: Readonly<Record<string, unknown>>;
};

const FIELDS = Object.keys(promptRequest.shape);
/** What callers may add to a conversation; its instructions are the prompt's. */
const TURN_ROLES: ReadonlySet<string> = new Set(['user', 'assistant', 'tool']);

/**
 * Checks a parsed body. Null counts as absent, as in a chat.
 *
 * @throws GatewayError `invalid_request` with the field's path as `param`.
 */
export function parsePromptRequest(body: unknown): PromptRequest {
  if (!isObject(body)) throw new GatewayError('invalid_request', `The body must be a JSON object; received ${nameOf(body)}.`);
  const candidate = { ...withoutNulls(body) };
  const unknown = Object.keys(candidate).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(unknown.slice(0, 100), `is no field of a prompt's call: there are ${FIELDS.join(', ')}`);
  if (Array.isArray(candidate.messages))
    candidate.messages = candidate.messages.map((turn) => (isObject(turn) ? withoutNulls(turn) : turn));
  if (isObject(candidate.stream_options)) candidate.stream_options = withoutNulls(candidate.stream_options);
  const { variables = {} } = candidate;
  if (!isObject(variables)) throw invalid('variables', `must be an object; received ${nameOf(variables)}`);
  const parsed = promptRequest.safeParse(candidate);
  if (!parsed.success) {
    const { message, param } = describeProblem(parsed.error, candidate);
    throw new GatewayError('invalid_request', message, { param });
  }
  const request = { ...parsed.data, variables };
  if (request.label !== undefined && request.version !== undefined)
    throw invalid('version', 'and `label` exclude each other: send one of them');
  for (const [index, { role }] of (request.messages ?? []).entries()) {
    if (TURN_ROLES.has(role)) continue;
    throw invalid(
      `messages[${index}].role`,
      `must be one of ${[...TURN_ROLES].map((known) => `"${known}"`).join(', ')}; received "${role}"`,
    );
  }
  return request;
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', `\`${param}\` ${problem}.`, { param });
}
