import type { ConverseStreamCommandInput, Tool, ToolChoice } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, FunctionTool } from '../../openai/request';
import type { ModelRequest } from '../adapter';
import { refuseMembers, requireCapability } from '../refuse-unsupported';

/** The members of a request that say which tools there are, and which of them to call. */
export type ToolMembers = Pick<ConverseStreamCommandInput, 'toolConfig' | 'additionalModelRequestFields'>;
type Json = NonNullable<ConverseStreamCommandInput['additionalModelRequestFields']>;
type NamedChoice = Extract<ChatRequest['tool_choice'], object>;

const TOOL_MEMBERS: ReadonlySet<string> = new Set(['type', 'function']);
const FUNCTION_MEMBERS: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);

/** The tools that a model may call: none of them with `tool_choice: none`, for which Converse has no word. */
export function callableTools({ tools = [], tool_choice }: ChatRequest): readonly FunctionTool[] {
  return tool_choice === 'none' ? [] : tools;
}

/** @throws GatewayError `unsupported_field` */
export function toolsOf(request: ModelRequest): ToolMembers {
  const tools = callableTools(request.body);
  if (tools.length === 0) return {};
  requireCapability(request, 'tools', (model) => model.tools !== 'none', 'Leave them out');
  const specs = tools.map((tool, index) => toolSpec(request, tool, `tools[${index}]`));
  const choice = toolChoiceOf(request);
  if (request.body.parallel_tool_calls !== false) return { toolConfig: { tools: specs, ...(choice && { toolChoice: choice }) } };
  requireCapability(request, 'parallel_tool_calls', (model) => model.serialTools, 'Leave it out, and expect several calls');
  // Converse has no word for it; Claude's own API has, and Converse passes the member on.
  return { toolConfig: { tools: specs }, additionalModelRequestFields: { tool_choice: serialChoice(choice) } };
}

function toolSpec(request: ModelRequest, tool: FunctionTool, path: string): Tool {
  refuseMembers(tool, TOOL_MEMBERS, path, request.model.id);
  refuseMembers(tool.function, FUNCTION_MEMBERS, `${path}.function`, request.model.id);
  const { name, description, parameters, strict } = tool.function;
  if (strict === true) {
    const advice = 'Send `false`, and the model is told of the schema but not held to it';
    requireCapability(request, `${path}.function.strict`, (model) => model.strictTools, advice);
  }
  return {
    toolSpec: {
      name,
      ...(description ? { description } : {}),
      inputSchema: { json: objectSchema(parameters ?? { properties: {} }) },
      ...(strict === true && { strict }),
    },
  };
}

/** Converse wants the type said. */
export function objectSchema(schema: Readonly<Record<string, unknown>>): Json {
  return { type: 'object', ...schema };
}

function toolChoiceOf(request: ModelRequest): ToolChoice | undefined {
  const choice = request.body.tool_choice;
  if (choice === undefined || choice === 'auto' || choice === 'none') return undefined;
  if (choice === 'required') {
    requireCapability(request, 'tool_choice', ({ tools }) => tools === 'required' || tools === 'named', 'Send `auto`');
    return { any: {} };
  }
  refuseChoiceMembers(choice, request.model.id);
  requireCapability(request, 'tool_choice', ({ tools }) => tools === 'named', 'Send `auto`');
  return { tool: { name: choice.function.name } };
}

function refuseChoiceMembers(choice: NamedChoice, modelId: string): void {
  refuseMembers(choice, TOOL_MEMBERS, 'tool_choice', modelId);
  refuseMembers(choice.function, new Set(['name']), 'tool_choice.function', modelId);
}

function serialChoice(choice: ToolChoice | undefined): Json {
  if (choice?.any !== undefined) return { type: 'any', disable_parallel_tool_use: true };
  if (choice?.tool?.name !== undefined) return { type: 'tool', name: choice.tool.name, disable_parallel_tool_use: true };
  return { type: 'auto', disable_parallel_tool_use: true };
}
