import type { ChatMessage, ChatRequest } from '../openai/request';
import type { Violation } from './json-schema-check';

/** Of a wrong answer that the model is shown again; what is longer has its mistakes listed all the same. */
export const MAX_SHOWN_BYTES = 32_768;

/** The conversation carried on: the model is shown its answer and told what is wrong with it. */
export function repairTurn(body: ChatRequest, answer: string, violations: readonly Violation[]): ChatRequest {
  const listed = violations.map(({ path, message }) => `- ${path === '' ? 'the whole answer' : path}: ${message}`).join('\n');
  const correction: ChatMessage = {
    role: 'user',
    content: `Your answer does not hold to the schema that was asked for:\n${listed}\nAnswer again, in full, with JSON that holds to it and nothing else.`,
  };
  // Some providers refuse a message without content.
  const said: ChatMessage[] = answer.trim() === '' ? [] : [{ role: 'assistant', content: shownOf(answer) }];
  return { ...body, messages: [...body.messages, ...said, correction] };
}

function shownOf(answer: string): string {
  if (Buffer.byteLength(answer) <= MAX_SHOWN_BYTES) return answer;
  // A character that the cut goes through is left out.
  return new TextDecoder().decode(Buffer.from(answer).subarray(0, MAX_SHOWN_BYTES), { stream: true });
}
