/** What {@link TextView.at} says before the first and after the last unit of a text: no UTF-16 unit is negative. */
export const END = -1;

/** A text that detectors read by UTF-16 unit: whole, or as far as it has come. */
export interface TextView {
  /** The unit at an index of the whole text, or {@link END}. */
  at(index: number): number;
  /** The text from `start` to before `end`, as far as there is any. */
  slice(start: number, end: number): string;
}

/** How far before the place where they stand detectors may look: so much of a stream is kept once it has been let go. */
export const LOOK_BEHIND_UNITS = 64;

/**
 * A text that may still be coming. It notes when a reader comes to its end: what the reader then found could be another thing once more
 * has come, and what it found without coming to the end can not. That is why the pieces in which a text comes change nothing.
 */
export class TextWindow implements TextView {
  /** Whether a reader has come to the end of what is here, while more may come. */
  starved = false;
  #text = '';
  #base = 0;
  #ended = false;

  static whole(text: string): TextWindow {
    const window = new TextWindow();
    window.append(text);
    window.finish();
    return window;
  }

  append(text: string): void {
    this.#text += text;
  }

  finish(): void {
    this.#ended = true;
  }

  /** Forgets what no reader at `start` or after can look at. */
  forgetBefore(start: number): void {
    const drop = start - LOOK_BEHIND_UNITS - this.#base;
    // In blocks: to cut a string for each unit costs more than to keep a little of it.
    if (drop < 4 * LOOK_BEHIND_UNITS) return;
    this.#text = this.#text.slice(drop);
    this.#base += drop;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Units of the whole text that have come. */
  get length(): number {
    return this.#base + this.#text.length;
  }

  at(index: number): number {
    if (index < 0) return END;
    const offset = index - this.#base;
    if (offset < 0) throw new RangeError(`A detector looked at ${index}; kept is what begins at ${this.#base}.`);
    if (offset < this.#text.length) return this.#text.charCodeAt(offset);
    if (!this.#ended) this.starved = true;
    return END;
  }

  slice(start: number, end: number): string {
    if (end > this.length && !this.#ended) this.starved = true;
    const from = Math.max(0, start) - this.#base;
    if (from < 0) throw new RangeError(`A detector looked at ${start}; kept is what begins at ${this.#base}.`);
    return this.#text.slice(from, Math.max(from, end - this.#base));
  }
}
