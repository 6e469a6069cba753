import { GatewayError } from '../../../core/errors';
import type { JsonSchema } from '../../openai/json-schema';
import type { ChatRequest, FunctionTool } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { refuseMembers, requireCapability } from '../refuse-unsupported';

type NamedChoice = Extract<ChatRequest['tool_choice'], object>;

const TOOL_MEMBERS: ReadonlySet<string> = new Set(['type', 'function']);
const FUNCTION_MEMBERS: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);

export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly schema: JsonSchema;
  /** Whether arguments are held to the schema. */
  readonly strict: boolean;
}

/** The tools that a model is told of, and which of them to call. */
export interface ToolOffer {
  readonly tools: readonly ToolDefinition[];
  readonly choice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** At most one call at a time. */
  readonly serial: boolean;
}

/** The tools that a model may call: none of them with `tool_choice: none`. */
export function callableTools({ tools = [], tool_choice }: ChatRequest): readonly FunctionTool[] {
  return tool_choice === 'none' ? [] : tools;
}

/** @param tools Those of the request that are to be sent. @throws GatewayError `unsupported_field` */
export function toolOfferOf(request: ModelRequest, tools: readonly FunctionTool[]): ToolOffer | undefined {
  if (tools.length === 0) return undefined;
  requireCapability(request, 'tools', (model) => model.tools !== 'none', 'Leave them out');
  const definitions = tools.map((tool, index) => definitionOf(request, tool, `tools[${index}]`));
  const choice = choiceOf(request);
  const serial = request.body.parallel_tool_calls === false;
  if (serial) requireCapability(request, 'parallel_tool_calls', (model) => model.serialTools, 'Leave it out, and expect several calls');
  return { tools: definitions, choice, serial };
}

/** Providers want the type said. */
export function objectSchema(schema: JsonSchema): JsonSchema {
  return { type: 'object', ...schema };
}

export function hasToolCalls({ messages }: ChatRequest): boolean {
  return messages.some(({ tool_calls = [] }) => tool_calls.length > 0);
}

/** Tool calls in a conversation for which no tools are defined are refused by the provider. */
export function withoutTools(): GatewayError {
  const advice = '`tools` is missing: the conversation has tool calls, so send the tools that they were made with.';
  return new GatewayError('invalid_request', advice, { param: 'tools' });
}

function definitionOf(request: ModelRequest, tool: FunctionTool, path: string): ToolDefinition {
  refuseMembers(tool, TOOL_MEMBERS, path, request.model.id);
  refuseMembers(tool.function, FUNCTION_MEMBERS, `${path}.function`, request.model.id);
  const { name, description, parameters, strict } = tool.function;
  if (strict === true) {
    const advice = 'Send `false`, and the model is told of the schema but not held to it';
    requireCapability(request, `${path}.function.strict`, (model) => model.strictTools, advice);
  }
  return {
    name,
    ...(description ? { description } : {}),
    schema: objectSchema(parameters ?? { properties: {} }),
    strict: strict === true,
  };
}

function choiceOf(request: ModelRequest): ToolOffer['choice'] {
  const choice = request.body.tool_choice;
  if (choice === undefined || choice === 'auto') return 'auto';
  if (choice === 'none') return 'none';
  if (choice === 'required') {
    requireCapability(request, 'tool_choice', ({ tools }) => tools === 'required' || tools === 'named', 'Send `auto`');
    return 'required';
  }
  refuseChoiceMembers(choice, request.model.id);
  requireCapability(request, 'tool_choice', ({ tools }) => tools === 'named', 'Send `auto`');
  return { name: choice.function.name };
}

function refuseChoiceMembers(choice: NamedChoice, modelId: string): void {
  refuseMembers(choice, TOOL_MEMBERS, 'tool_choice', modelId);
  refuseMembers(choice.function, new Set(['name']), 'tool_choice.function', modelId);
}
