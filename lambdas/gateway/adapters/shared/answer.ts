import { GatewayError } from '../../../core/errors';
import type { FinishReason, ModelEvent } from '../adapter';

interface ToolBlock {
  /** Among the answer's tool calls. */
  readonly index: number;
  hasInput: boolean;
}

/** One answer that comes in content blocks, of text and of tool calls, as the gateway's events; none for what carries nothing of it. */
export class Answer {
  /** By their index among all content blocks. */
  readonly #tools = new Map<number | undefined, ToolBlock>();
  #hasText = false;

  /** @param byTool Whether the answer is the input of the tool that the model calls, instead of text. */
  constructor(private readonly byTool: boolean) {}

  text(text: string): readonly ModelEvent[] {
    // Beside a tool that has the answer, text is none of it.
    if (text === '' || this.byTool) return [];
    this.#hasText = true;
    return [{ type: 'text', text }];
  }

  reasoning(text: string): readonly ModelEvent[] {
    return [{ type: 'reasoning', text }];
  }

  beginTool(blockIndex: number | undefined, id: string | undefined, name: string | undefined): readonly ModelEvent[] {
    if (id === undefined || name === undefined) throw interrupted('The model called a tool without an id or a name.');
    const index = this.#tools.size;
    this.#tools.set(blockIndex, { index, hasInput: false });
    return this.byTool ? [] : [{ type: 'tool_call', index, id, name }];
  }

  toolInput(blockIndex: number | undefined, text: string): readonly ModelEvent[] {
    return this.#input(this.#tools.get(blockIndex), text);
  }

  /**
   * @param stopReason The provider's, of which `reason` is the meaning.
   * @throws GatewayError `model_stream_interrupted` for what is no answer.
   */
  finish(reason: FinishReason | undefined, stopReason: string | undefined): readonly ModelEvent[] {
    if (reason === undefined) throw interrupted(`The model stopped for a reason that is no proper end: ${stopReason ?? 'none given'}.`);
    const isWhole = reason === 'stop' || reason === 'tool_calls';
    if (this.byTool && isWhole && this.#tools.size === 0) {
      throw interrupted('The model did not answer in the schema that was asked for.');
    }
    // A stop sequence may well come first; nothing else makes an empty text an answer.
    const isEmpty = !this.#hasText && this.#tools.size === 0;
    if (reason === 'stop' && isEmpty && stopReason !== 'stop_sequence') throw interrupted('The answer has nothing in it.');
    // Empty input is not sent at all.
    const empty = isWhole ? [...this.#tools.values()].filter((tool) => !tool.hasInput).flatMap((tool) => this.#input(tool, '{}')) : [];
    return [...empty, { type: 'finish', reason: this.byTool && isWhole ? 'stop' : reason }];
  }

  #input(tool: ToolBlock | undefined, text: string): readonly ModelEvent[] {
    if (tool === undefined || text === '') return [];
    tool.hasInput = true;
    if (!this.byTool) return [{ type: 'tool_arguments', index: tool.index, text }];
    // A model that calls the tool twice has answered with the first.
    return tool.index === 0 ? [{ type: 'text', text }] : [];
  }
}

export function interrupted(message: string, cause?: unknown): GatewayError {
  return new GatewayError('model_stream_interrupted', message, { cause });
}
