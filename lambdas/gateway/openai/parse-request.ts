import { GatewayError } from '../../core/errors';
import { describeProblem } from '../describe-problem';
import { type ChatRequest, chatRequest } from './request';

/**
 * Checks a parsed body. Null counts as absent in the request, its messages and its `stream_options`, as clients send it for options
 * that are not set.
 *
 * @throws GatewayError `invalid_request` with the field's path as `param`.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  if (!isObject(body)) throw new GatewayError('invalid_request', `The body must be a JSON object; received ${nameOf(body)}.`);
  const candidate = { ...withoutNulls(body) };
  if (Array.isArray(candidate.messages)) candidate.messages = candidate.messages.map(objectWithoutNulls);
  if ('stream_options' in candidate) candidate.stream_options = objectWithoutNulls(candidate.stream_options);

  const result = chatRequest.safeParse(candidate);
  if (!result.success) {
    const { message, param } = describeProblem(result.error, candidate);
    throw new GatewayError('invalid_request', message, { param });
  }
  // The schema transforms nothing, so its input is its output; this one still has every unknown field, whatever its name.
  const request = candidate as ChatRequest;
  checkCombinations(request);
  return request;
}

function checkCombinations(request: ChatRequest): void {
  const { max_tokens, max_completion_tokens } = request;
  if (max_tokens !== undefined && max_completion_tokens !== undefined && max_tokens !== max_completion_tokens) {
    throw new GatewayError('invalid_request', 'max_tokens is the old name of max_completion_tokens: send one of them.', {
      param: 'max_tokens',
    });
  }
  if (request.stream_options !== undefined && request.stream !== true) {
    throw new GatewayError('invalid_request', 'stream_options is allowed only with `"stream": true`.', { param: 'stream_options' });
  }
  checkTools(request);
}

function checkTools({ tools = [], tool_choice }: ChatRequest): void {
  const names = tools.map((tool) => tool.function.name);
  const again = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (again !== -1) {
    const param = `tools[${again}].function.name`;
    throw new GatewayError('invalid_request', `\`${param}\` is \`${names[again]}\` again: give each tool a name of its own.`, { param });
  }
  if (tool_choice === undefined || tool_choice === 'none' || tool_choice === 'auto') return;
  if (tools.length === 0) {
    throw new GatewayError('invalid_request', '`tool_choice` asks for a tool and there is none: send `tools` too.', {
      param: 'tool_choice',
    });
  }
  if (tool_choice !== 'required' && !names.includes(tool_choice.function.name)) {
    const known = names.map((name) => `\`${name}\``).join(', ');
    const message = `\`tool_choice.function.name\` must be one of the tools ${known}; received \`${tool_choice.function.name}\`.`;
    throw new GatewayError('invalid_request', message, { param: 'tool_choice.function.name' });
  }
}

type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function withoutNulls(object: JsonObject): JsonObject {
  if (!Object.values(object).includes(null)) return object;
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function objectWithoutNulls(value: unknown): unknown {
  return isObject(value) ? withoutNulls(value) : value;
}

export function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
