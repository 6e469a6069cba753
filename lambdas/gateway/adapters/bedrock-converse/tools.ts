import type { ConverseStreamCommandInput, Tool, ToolChoice } from '@aws-sdk/client-bedrock-runtime';
import type { ToolDefinition, ToolOffer } from '../shared/tools';

/** The members of a request that say which tools there are, and which of them to call. */
type ToolMembers = Pick<ConverseStreamCommandInput, 'toolConfig' | 'additionalModelRequestFields'>;
type Json = NonNullable<ConverseStreamCommandInput['additionalModelRequestFields']>;

export function toolMembersOf({ tools, choice, serial }: ToolOffer): ToolMembers {
  const specs = tools.map(toolSpec);
  // Converse has no word for it; Claude's own API has, and Converse passes the member on.
  if (serial) return { toolConfig: { tools: specs }, additionalModelRequestFields: { tool_choice: serialChoice(choice) } };
  const toolChoice = toolChoiceOf(choice);
  return { toolConfig: { tools: specs, ...(toolChoice && { toolChoice }) } };
}

function toolSpec({ name, description, schema, strict }: ToolDefinition): Tool {
  return {
    toolSpec: {
      name,
      ...(description !== undefined && { description }),
      inputSchema: { json: schema as Json },
      ...(strict && { strict }),
    },
  };
}

function toolChoiceOf(choice: ToolOffer['choice']): ToolChoice | undefined {
  if (typeof choice === 'object') return { tool: { name: choice.name } };
  return choice === 'required' ? { any: {} } : undefined;
}

function serialChoice(choice: ToolOffer['choice']): Json {
  if (typeof choice === 'object') return { type: 'tool', name: choice.name, disable_parallel_tool_use: true };
  return { type: choice === 'required' ? 'any' : 'auto', disable_parallel_tool_use: true };
}
