import type { FinishReason } from '../adapters/adapter';
import type { WireUsage } from './usage';

/** What every chunk and every plain answer of one call says of itself. */
export interface CompletionIdentity {
  /** `chatcmpl-<call id>` */
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

/** A plain answer: `chat.completion`. */
export function completionBody(identity: CompletionIdentity, text: string, finishReason: FinishReason, usage: WireUsage): object {
  return {
    id: identity.id,
    object: 'chat.completion',
    created: identity.createdSeconds,
    model: identity.model,
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: finishReason }],
    usage,
  };
}
