import { constraintError, invalid, listAt, nameAt, objectAt, refuseMembers, stringAt, unionAt } from './constraints';
import type { ModelTool, ToolOffer } from './model';

const TOOL_NAME = { min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ };

/**
 * The tools of a request; undefined when it has none.
 *
 * @param ownChoice Claude's own `tool_choice`, of `additionalModelRequestFields`: it can say that calls come one at a time.
 */
export function readToolOffer(toolConfig: unknown, ownChoice: unknown): ToolOffer | undefined {
  if (toolConfig === undefined || toolConfig === null) {
    if (ownChoice !== undefined) throw invalid('tool_choice may only be specified while providing tools.');
    return undefined;
  }
  const config = objectAt(toolConfig, 'toolConfig');
  const tools = listAt(config.tools, 'toolConfig.tools').map(readTool);
  if (tools.length === 0) throw constraintError('[]', 'toolConfig.tools', 'have length greater than or equal to 1');
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid('toolConfig.tools: Tool names must be unique.');
  if (ownChoice !== undefined && config.toolChoice !== undefined) {
    throw invalid('The additional field tool_choice conflicts with toolConfig.toolChoice. Send one of them.');
  }
  const { choice, parallel } =
    ownChoice === undefined ? { choice: readChoice(config.toolChoice), parallel: true } : readOwnChoice(ownChoice);
  if (typeof choice === 'object' && !names.includes(choice.name)) throw invalid(`Tool '${choice.name}' not found in provided tools.`);
  return { tools, choice, parallel };
}

function readTool(value: unknown, index: number): ModelTool {
  const path = `toolConfig.tools.${index}`;
  const tool = objectAt(value, path);
  refuseMembers(tool, ['systemTool', 'cachePoint'], `at ${path}`);
  const spec = objectAt(tool.toolSpec, `${path}.toolSpec`);
  const schema = objectAt(objectAt(spec.inputSchema, `${path}.toolSpec.inputSchema`).json, `${path}.toolSpec.inputSchema.json`);
  if (schema.type !== 'object') {
    throw invalid(`The value at ${path}.toolSpec.inputSchema.json.type must be one of the following: object.`);
  }
  const description = spec.description === undefined ? '' : stringAt(spec.description, `${path}.toolSpec.description`);
  if (spec.description === '') throw constraintError('', `${path}.toolSpec.description`, 'have length greater than or equal to 1');
  return { name: nameAt(spec.name, `${path}.toolSpec.name`, TOOL_NAME), description, inputSchema: schema };
}

function readChoice(value: unknown): ToolOffer['choice'] {
  if (value === undefined || value === null) return 'auto';
  const choice = unionAt(value, 'toolConfig.toolChoice', ['auto', 'any', 'tool']);
  if (choice.name !== 'tool') return choice.name === 'any' ? 'any' : 'auto';
  return { name: stringAt(objectAt(choice.value, 'toolConfig.toolChoice.tool').name, 'toolConfig.toolChoice.tool.name') };
}

function readOwnChoice(value: unknown): Pick<ToolOffer, 'choice' | 'parallel'> {
  const path = 'additionalModelRequestFields.tool_choice';
  const choice = objectAt(value, path);
  const parallel = choice.disable_parallel_tool_use !== true;
  if (choice.type === 'auto' || choice.type === 'any') return { choice: choice.type, parallel };
  if (choice.type === 'tool') return { choice: { name: stringAt(choice.name, `${path}.name`) }, parallel };
  throw invalid(`tool_choice.type: Input should be 'auto', 'any' or 'tool'; received ${JSON.stringify(choice.type)}.`);
}
