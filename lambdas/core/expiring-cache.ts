export interface ExpiringCacheOptions {
  readonly ttlMs: number;
  /** The oldest entry makes room. */
  readonly maxEntries: number;
  readonly nowMs: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly askedAtMs: number;
}

/**
 * Values loaded on demand and kept for a time. Age is measured on the wall clock, from before the load: an environment that was frozen
 * cannot serve what is older. Callers that ask for the same key at once share one load. Failed loads are not kept.
 */
export class ExpiringCache<V> {
  readonly #options: ExpiringCacheOptions;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #loading = new Map<string, Promise<V>>();

  constructor(options: ExpiringCacheOptions) {
    this.#options = options;
  }

  async get(key: string, load: () => Promise<V>): Promise<V> {
    const entry = this.#freshEntry(key);
    return entry === undefined ? (this.#loading.get(key) ?? this.#load(key, load)) : entry.value;
  }

  /** What `get` would answer without a load; undefined where it would load. No I/O. */
  fresh(key: string): V | undefined {
    return this.#freshEntry(key)?.value;
  }

  /** What was loaded last, however old; undefined where nothing was. No I/O. */
  last(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  get size(): number {
    return this.#entries.size;
  }

  #freshEntry(key: string): Entry<V> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageMs = this.#options.nowMs() - entry.askedAtMs;
    return ageMs >= 0 && ageMs < this.#options.ttlMs ? entry : undefined;
  }

  #load(key: string, load: () => Promise<V>): Promise<V> {
    const askedAtMs = this.#options.nowMs();
    const loading = load()
      .then((value) => {
        this.#keep(key, value, askedAtMs);
        return value;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  #keep(key: string, value: V, askedAtMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, askedAtMs });
    if (this.#entries.size <= this.#options.maxEntries) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
