import { placeholderOf, type PlaceholderKind } from './placeholders';

/**
 * The values that placeholders of one call stand for. The same value has the same placeholder in all of the call's texts; only those of the
 * caller's own can be put back. Values are private: nothing that prints, logs or serialises this shows them.
 */
export class Redactor {
  readonly #placeholders = new Map<string, string>();
  readonly #numbers = new Map<PlaceholderKind, number>();
  readonly #restorable = new Map<string, string>();

  /** @param restorable Whether the value is the caller's and may be put back. */
  placeholderFor(kind: PlaceholderKind, value: string, restorable: boolean): string {
    const key = `${kind} ${value}`;
    let placeholder = this.#placeholders.get(key);
    if (placeholder === undefined) {
      const number = (this.#numbers.get(kind) ?? 0) + 1;
      this.#numbers.set(kind, number);
      placeholder = placeholderOf(kind, number);
      this.#placeholders.set(key, placeholder);
    }
    if (restorable) this.#restorable.set(placeholder, value);
    return placeholder;
  }

  /** What a placeholder stands for; undefined for one that is not this caller's, which then stays as it is. */
  valueOf(placeholder: string): string | undefined {
    return this.#restorable.get(placeholder);
  }

  get canRestore(): boolean {
    return this.#restorable.size > 0;
  }

  toJSON(): { readonly placeholders: number; readonly restorable: number } {
    return { placeholders: this.#placeholders.size, restorable: this.#restorable.size };
  }
}
