import type { ModelCapabilities } from '../../../core/platform';
import type { ModelRequest } from '../adapter';
import { requireCapability } from '../refuse-unsupported';

const LEVELS: readonly ModelCapabilities['tools'][] = ['none', 'auto', 'required', 'named'];

/** @throws GatewayError `unsupported_field` */
export function checkTools(request: ModelRequest): void {
  const { tools = [], tool_choice: choice, parallel_tool_calls: parallel, messages } = request.body;
  const can = (level: ModelCapabilities['tools']) => (capabilities: ModelCapabilities) =>
    LEVELS.indexOf(capabilities.tools) >= LEVELS.indexOf(level);
  if (tools.length > 0) requireCapability(request, 'tools', can('auto'));
  if (choice === 'required') requireCapability(request, 'tool_choice', can('required'), 'Send `auto`');
  else if (typeof choice === 'object') requireCapability(request, 'tool_choice', can('named'), 'Send `auto`');
  if (tools.length > 0 && parallel === false) requireCapability(request, 'parallel_tool_calls', ({ serialTools }) => serialTools);
  for (const [index, tool] of tools.entries()) {
    if (tool.function.strict === true) requireCapability(request, `tools[${index}].function.strict`, ({ strictTools }) => strictTools);
  }
  for (const [index, { tool_calls = [] }] of messages.entries()) {
    if (tool_calls.length > 0) requireCapability(request, `messages[${index}].tool_calls`, can('auto'), 'Leave them out');
  }
}
