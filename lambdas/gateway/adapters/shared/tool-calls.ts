import { canonicalJson } from '../../../core/canonical-json';
import { GatewayError } from '../../../core/errors';
import type { ChatMessage, ToolCall } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { invalidField } from '../invalid-field';
import { refuseMembers, requireCapability } from '../refuse-unsupported';
import { isCacheMarked } from './cache-marker';
import { partsOf, textIn } from './content-parts';

/** `index` and `parsed_arguments` are what OpenAI's client adds to an answer, for itself. */
const CALL_MEMBERS: ReadonlySet<string> = new Set(['id', 'type', 'function', 'index']);
const FUNCTION_MEMBERS: ReadonlySet<string> = new Set(['name', 'arguments', 'parsed_arguments']);
const RESULT_MEMBERS: ReadonlySet<string> = new Set(['role', 'content', 'tool_call_id', 'name']);
/** API reference of Bedrock's ToolUseBlock; Anthropic's API has the same letters. */
const TOOL_USE_ID = /^[a-zA-Z0-9_-]{1,64}$/;

export interface ToolCallBlock {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ToolResultBlock {
  readonly type: 'tool_result';
  /** The call's. */
  readonly id: string;
  readonly texts: readonly string[];
  readonly cached: boolean;
}

interface PendingCall {
  readonly path: string;
  readonly name: string;
}

/** Tool calls whose results are yet to come: each must have one, before anything else is said. */
export class PendingCalls {
  readonly #calls = new Map<string, PendingCall>();

  add(call: ToolCall, path: string): void {
    if (this.#calls.has(call.id)) throw invalidField(`${path}.id`, `is \`${call.id}\` again: give each tool call an id of its own.`);
    this.#calls.set(call.id, { path, name: call.function.name });
  }

  take(id: string): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** @throws GatewayError `invalid_request` naming the first call without a result. */
  expectNone(): void {
    for (const [id, { path }] of this.#calls) {
      throw invalidField(path, `has no result: next must come a message from \`tool\` with \`tool_call_id\` \`${id}\`.`);
    }
  }
}

/** The calls of an assistant's message. @throws GatewayError `unsupported_field` or `invalid_request` */
export function toolCallsOf(request: ModelRequest, message: ChatMessage, path: string, pending: PendingCalls): ToolCallBlock[] {
  const calls = message.tool_calls ?? [];
  if (calls.length > 0) requireCapability(request, `${path}.tool_calls`, ({ tools }) => tools !== 'none', 'Leave them out');
  return calls.map((call, index) => {
    const callPath = `${path}.tool_calls[${index}]`;
    refuseMembers(call, CALL_MEMBERS, callPath, request.model.id);
    refuseMembers(call.function, FUNCTION_MEMBERS, `${callPath}.function`, request.model.id);
    if (!TOOL_USE_ID.test(call.id)) throw invalidField(`${callPath}.id`, 'must be 1 to 64 letters, digits, "_" or "-".');
    pending.add(call, callPath);
    const input = argumentsOf(call, `${callPath}.function.arguments`);
    return { type: 'tool_call', id: call.id, name: call.function.name, input };
  });
}

/**
 * A message from `tool`. A cache marker on one of its parts is the result's.
 *
 * @throws GatewayError `unsupported_field` or `invalid_request`
 */
export function toolResultOf(
  message: ChatMessage,
  path: string,
  pending: PendingCalls,
  modelId: string,
  cacheMarkers: boolean,
): ToolResultBlock {
  refuseMembers(message, RESULT_MEMBERS, path, modelId);
  const { tool_call_id: id, name } = message;
  if (id === undefined)
    throw invalidField(`${path}.tool_call_id`, 'is missing: it must be the id of the tool call that this is the result of.');
  const call = pending.take(id);
  if (call === undefined) {
    throw invalidField(`${path}.tool_call_id`, `is \`${id}\`, and the assistant's message before has no such tool call without a result.`);
  }
  if (name !== undefined && name !== call.name) throw invalidField(`${path}.name`, `must be the tool's, \`${call.name}\`, or be left out.`);
  let cached = false;
  const texts = partsOf(message, path).flatMap(({ part, partPath }) => {
    const text = textIn(part, partPath, modelId);
    cached = isCacheMarked(part, partPath, modelId, cacheMarkers) || cached;
    // A tool may well have nothing to say; providers take no blank text.
    return text.trim() === '' ? [] : [text];
  });
  return { type: 'tool_result', id, texts, cached };
}

function argumentsOf(call: ToolCall, path: string): Readonly<Record<string, unknown>> {
  const text = call.function.arguments;
  // What OpenAI's clients have for a call without arguments.
  if (text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
    canonicalJson(parsed);
  } catch (cause) {
    throw invalidField(path, cause instanceof GatewayError ? 'is nested too deeply.' : 'is not valid JSON.', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalidField(path, 'must be the JSON of an object.');
  return parsed as Readonly<Record<string, unknown>>;
}
