import { countTokens, firstTokens, type Model, type ModelAnswer, type ModelRequest } from './model';

const MAX_ECHO_CHARACTERS = 160;

/**
 * A model that calls no model: it says so, and describes the last user message. System prompts and sampling parameters have no effect
 * other than the system prompt's input tokens.
 */
export const simulatedModel: Model = {
  answer(request: ModelRequest): ModelAnswer {
    const { text, stopReason } = stopAsAsked(describeLastMessage(request), request);
    return {
      blocks: text === '' ? [] : [{ kind: 'text', deltas: text.match(/\s*\S+\s*/g) ?? [text] }],
      stopReason,
      inputTokens: [...request.system, ...request.messages.flatMap((message) => message.texts)].reduce(
        (sum, part) => sum + countTokens(part),
        0,
      ),
      outputTokens: countTokens(text),
    };
  },
};

function describeLastMessage({ modelId, messages }: ModelRequest): string {
  const asked = messages.findLast((message) => message.role === 'user')?.texts.join('\n') ?? '';
  const words = countWords(asked);
  return (
    `[simulated answer from ${modelId}] No model was called. Your message ${messages.length === 1 ? '' : `(the last of ${messages.length}) `}` +
    `has ${words} ${words === 1 ? 'word' : 'words'} and ${countTokens(asked)} tokens: "${shorten(asked)}"`
  );
}

/** One by one: the message may be megabytes long. */
function countWords(text: string): number {
  let words = 0;
  for (const _ of text.matchAll(/\S+/g)) words += 1;
  return words;
}

function shorten(text: string): string {
  const characters = Array.from(
    text
      .slice(0, MAX_ECHO_CHARACTERS * 4)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  const isWhole = characters.length <= MAX_ECHO_CHARACTERS && text.length <= MAX_ECHO_CHARACTERS * 4;
  return isWhole ? characters.join('') : `${characters.slice(0, MAX_ECHO_CHARACTERS).join('')}…`;
}

/** Ends the text before the first stop sequence or after `maxTokens`, whichever comes first. */
function stopAsAsked(text: string, { maxTokens, stopSequences }: ModelRequest): { text: string; stopReason: ModelAnswer['stopReason'] } {
  const allowed = firstTokens(text, maxTokens);
  const stops = stopSequences.map((sequence) => allowed.indexOf(sequence)).filter((at) => at >= 0);
  if (stops.length > 0) return { text: allowed.slice(0, Math.min(...stops)), stopReason: 'stop_sequence' };
  return { text: allowed, stopReason: allowed.length < text.length ? 'max_tokens' : 'end_turn' };
}
