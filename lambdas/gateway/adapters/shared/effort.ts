import type { ModelRequest } from '../adapter';
import { requireCapability, unsupported } from '../refuse-unsupported';

/** The `reasoning_effort` asked for. @throws GatewayError `unsupported_field` where the model does not have it. */
export function effortOf(request: ModelRequest): string | undefined {
  const { reasoning_effort: asked } = request.body;
  if (asked === undefined) return undefined;
  requireCapability(request, 'reasoning_effort', ({ effort }) => effort.length > 0);
  const { effort } = request.model.capabilities;
  if (effort.some((level) => level === asked)) return asked;
  throw unsupported('reasoning_effort', request.model.id, `Allowed are ${effort.map((level) => `\`${level}\``).join(', ')}.`);
}
