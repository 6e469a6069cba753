import type { Chunk } from './chunk';

/** What a JSON string holds as it stands. */
const PLAIN_TEXT = /^[^"\\\p{Cc}]*$/u;
const CONTENT = '"content"';
const TO_VALUE = /[\s:]*/y;

/**
 * The chunks of one stream are alike but for the piece of text in each. Once one of them was read, the text of another is found by what stands
 * around it: to parse all the rest again takes longer than all else that is done with a piece.
 */
export class RepeatedChunk {
  #before: string | undefined;
  #after = '';

  /** Of a chunk that differs from the one that was learned in its text alone, that text. Undefined for any other, which has to be read. */
  textOf(data: string): string | undefined {
    const before = this.#before;
    if (before === undefined || data.length < before.length + this.#after.length) return undefined;
    if (!data.startsWith(before) || !data.endsWith(this.#after)) return undefined;
    const text = data.slice(before.length, data.length - this.#after.length);
    return PLAIN_TEXT.test(text) ? text : undefined;
  }

  /** @param chunk What `data` says; one that says more than a piece of text is not learned. */
  learn(data: string, chunk: Chunk): void {
    const text = onlyTextOf(chunk);
    if (text === undefined) return;
    // The name once, and nothing escaped, which might be the same name: it is that of the text.
    const name = data.indexOf(CONTENT);
    if (name === -1 || name !== data.lastIndexOf(CONTENT) || data.includes('\\')) return;
    TO_VALUE.lastIndex = name + CONTENT.length;
    TO_VALUE.test(data);
    const start = TO_VALUE.lastIndex + 1;
    const end = start + text.length;
    if (data[start - 1] !== '"' || !data.startsWith(text, start) || data[end] !== '"') return;
    this.#before = data.slice(0, start);
    this.#after = data.slice(end);
  }
}

function onlyTextOf({ choices, usage, error }: Chunk): string | undefined {
  if (usage || error) return undefined;
  const [choice, ...others] = choices ?? [];
  if (choice === undefined || others.length > 0 || choice.logprobs || choice.finish_reason) return undefined;
  const { content, refusal, reasoning_content, reasoning, tool_calls } = choice.delta ?? {};
  if (refusal || reasoning_content || reasoning || tool_calls) return undefined;
  return content ?? undefined;
}
