import type { RoutingPolicy } from '../../core/routing-policy';
import type { ModelEvents } from '../adapters/adapter';
import type { ChatRequest } from '../openai/request';
import type { Candidate } from '../routing/candidate';
import { USUAL_BYTES_PER_TOKEN } from '../routing/fit';
import type { Turn } from './ask-in-turn';

/** Of what the next model is shown of an answer. One that is longer ends with its model. */
export const MAX_SAID_BYTES = 65_536;

const GO_ON =
  'Your answer was cut off where it ends above. Continue it from exactly there, in the middle of a word if need be. Repeat nothing and say nothing of the interruption.';

/**
 * An answer that one model begins and another one ends, after a failure in the middle of it: two beginnings would make no answer. For text
 * alone: a call of a tool cannot be continued.
 */
export class Continuation {
  #said = '';
  #isTextAlone = true;

  /** Undefined where the policy wants an answer to end with its model. */
  static of({ candidates: [first] }: Turn, policy: RoutingPolicy['fallback']): Continuation | undefined {
    const isText = (first?.request.body.response_format?.type ?? 'text') === 'text';
    return policy.midAnswer === 'continue' && isText ? new Continuation() : undefined;
  }

  record(events: ModelEvents): void {
    for (const event of events) {
      if (event.type === 'text') this.#said += event.text;
      // After `finish` nothing is left to be said. What was thought is the model's own affair.
      else if (event.type !== 'usage' && event.type !== 'reasoning') this.#isTextAlone = false;
    }
  }

  get isPossible(): boolean {
    return this.#isTextAlone && Buffer.byteLength(this.#said) <= MAX_SAID_BYTES;
  }

  /** Whether a part of the answer has been shown. */
  get isUnderWay(): boolean {
    return this.#said !== '';
  }

  /** The candidate, asked for what is left of the answer. */
  resume(candidate: Candidate): Candidate {
    if (!this.isUnderWay) return candidate;
    const { request } = candidate;
    const spent = Math.ceil(Buffer.byteLength(this.#said) / USUAL_BYTES_PER_TOKEN);
    const maxTokens = Math.max(1, request.maxTokens - spent);
    const body: ChatRequest = {
      ...request.body,
      messages: [...request.body.messages, { role: 'assistant', content: this.#said }, { role: 'user', content: GO_ON }],
      ...limitOf(request.body, maxTokens),
    };
    return { ...candidate, request: { ...request, body, maxTokens } };
  }
}

/** Under the name that the caller gave the limit, if any. */
function limitOf(body: ChatRequest, maxTokens: number): Partial<ChatRequest> {
  if (body.max_completion_tokens !== undefined) return { max_completion_tokens: maxTokens };
  return body.max_tokens === undefined ? {} : { max_tokens: maxTokens };
}
