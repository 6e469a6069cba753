import type { ErrorCode } from '../../core/errors';
import type { RoutingPolicy } from '../../core/routing-policy';
import type { ModelEvent } from '../adapters/adapter';
import type { ChatRequest } from '../openai/request';
import { isForAnotherModel } from '../routing/failures';

/** Whether the failure is the models' own: what is the request's fault is answered as such. */
export function mayDegrade(failure: ErrorCode): boolean {
  return isForAnotherModel(failure);
}

/**
 * What is answered where no model does, as a model's events. Undefined where the policy has nothing to say, and where a text is no answer: to
 * a JSON schema, or to a tool that must be called; nor for a failure that is the request's own.
 */
export function degradedAnswer(
  policy: RoutingPolicy['degraded'],
  failure: ErrorCode,
  body: ChatRequest,
): readonly ModelEvent[] | undefined {
  const wantsText = (body.response_format?.type ?? 'text') === 'text';
  const mustCallTool = body.tool_choice !== undefined && body.tool_choice !== 'auto' && body.tool_choice !== 'none';
  if (policy === undefined || !mayDegrade(failure) || !wantsText || mustCallTool) return undefined;
  return [
    { type: 'text', text: policy.text },
    { type: 'finish', reason: 'stop' },
  ];
}
