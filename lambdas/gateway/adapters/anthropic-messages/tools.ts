import type { ToolDefinition, ToolOffer } from '../shared/tools';
import type { ToolChoiceParam, ToolParam } from './wire';

/** The members of a request that say which tools there are, and which of them to call. */
export function toolMembersOf(offer: ToolOffer): { readonly tools: readonly ToolParam[]; readonly tool_choice?: ToolChoiceParam } {
  const choice = choiceOf(offer);
  return { tools: offer.tools.map(toolOf), ...(choice && { tool_choice: choice }) };
}

function toolOf({ name, description, schema, strict }: ToolDefinition): ToolParam {
  return { name, ...(description !== undefined && { description }), input_schema: schema, ...(strict && { strict }) };
}

function choiceOf({ choice, serial }: ToolOffer): ToolChoiceParam | undefined {
  const limit = serial ? ({ disable_parallel_tool_use: true } as const) : {};
  if (typeof choice === 'object') return { type: 'tool', name: choice.name, ...limit };
  switch (choice) {
    case 'none':
      return { type: 'none' };
    case 'required':
      return { type: 'any', ...limit };
    case 'auto':
      return serial ? { type: 'auto', ...limit } : undefined;
  }
}
