import { DATA, END, type Frame, frameOf, type ServerSentEventParser } from '../http/sse-parser';
import type { Chunk } from './chunk';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NONE: readonly string[] = [];
const CONTENT = '"content"';
const TO_VALUE = /[\s:]*/y;

/**
 * The chunks of one stream are alike but for the piece of text in each. Once one of them was read, the text of another is found by what stands
 * around it: to parse all the rest again takes longer than all else that is done with a piece.
 */
export class RepeatedChunk {
  #frame: Frame | undefined;

  /** The texts of the next events that differ from the one that was learned in their texts alone. Any other has to be read. */
  takeTexts(sent: ServerSentEventParser): readonly string[] {
    return this.#frame === undefined ? NONE : sent.takeAlike(this.#frame, isPlain);
  }

  /** @param chunk What `data` says; one that says more than a piece of text is not learned. */
  learn(data: string, chunk: Chunk): void {
    const text = onlyTextOf(chunk);
    // Nothing to say: the first chunk of many streams, unlike those that follow.
    if (text === undefined || text === '') return;
    // The name once, and nothing escaped, which might be the same name: it is that of the text. On one line, as it was sent.
    const name = data.indexOf(CONTENT);
    if (name === -1 || name !== data.lastIndexOf(CONTENT) || /[\\\n]/.test(data)) return;
    TO_VALUE.lastIndex = name + CONTENT.length;
    TO_VALUE.test(data);
    const start = TO_VALUE.lastIndex + 1;
    const end = start + text.length;
    if (data[start - 1] !== '"' || !data.startsWith(text, start) || data[end] !== '"') return;
    this.#frame = frameOf(DATA + data.slice(0, start), data.slice(end) + END);
  }
}

/** What a JSON string holds as it stands. Pieces are short: a regular expression takes longer to begin than this to end. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === QUOTE || unit === BACKSLASH || (unit >= 0x7f && unit < 0xa0)) return false;
  }
  return true;
}

function onlyTextOf({ choices, usage, error }: Chunk): string | undefined {
  if (usage || error) return undefined;
  const [choice, ...others] = choices ?? [];
  if (choice === undefined || others.length > 0 || choice.logprobs || choice.finish_reason) return undefined;
  const { content, refusal, reasoning_content, reasoning, tool_calls } = choice.delta ?? {};
  if (refusal || reasoning_content || reasoning || tool_calls) return undefined;
  return content ?? undefined;
}
