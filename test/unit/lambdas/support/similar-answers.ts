import type { AnswerCache, StoredAnswer } from '../../../../lambdas/core/answer-cache/answer-cache';
import type { AnswerCachePolicy } from '../../../../lambdas/core/answer-cache/policy';
import { type Clock, systemClock } from '../../../../lambdas/core/clock';
import type { EmbeddingModelEntry, PlatformDocument } from '../../../../lambdas/core/platform';
import type { NewDocument, VectorQuery } from '../../../../lambdas/core/vector-index/types';
import { cosineOf } from '../../../../lambdas/core/vector-index/vectors';
import type { EmbeddingAnswer, EmbeddingRequest, ModelRequest } from '../../../../lambdas/gateway/adapters/adapter';
import type { GatewayPorts } from '../../../../lambdas/gateway/call';
import { createSimilarAnswers, type SimilarAnswers } from '../../../../lambdas/gateway/cache/similar-answers';
import { createTestGateway, hello, KEY, OTHER_KEY, platform, tenantOf } from './ports';

/** A gateway that answers questions in other words, over an index and an embedding model in memory. */

export const HOW = 'How do I reset my password?';
export const IN_OTHER_WORDS = 'How can I reset my password?';

const embedder: EmbeddingModelEntry = {
  id: 'embedder',
  provider: 'bedrock',
  providerModelId: 'vendor.embed-v1:0',
  dimensions: [2],
  maxInputTokens: 1_000,
  maxInputsPerCall: 10,
  inputTypes: false,
  price: { input: 1_000_000 },
};
const answerCache: AnswerCachePolicy = {
  tenants: [],
  ttlSeconds: 60,
  maxTtlSeconds: 600,
  staleSeconds: 0,
  maxTemperature: 1,
  maxMessages: 4,
};

/** Of the index's contract what the gateway asks for: filters by value, by `gt` and by `lte`. */
export class MemoryIndex implements Pick<SimilarAnswers['index'], 'search' | 'put' | 'remove' | 'findIds'> {
  readonly #documents = new Map<string, NewDocument>();
  #ids = 0;
  readonly queries: VectorQuery[] = [];
  sweeps = 0;
  /** Set: filters are not heard. */
  isDeaf = false;
  isSilent = false;

  get documents(): readonly NewDocument[] {
    return [...this.#documents.values()];
  }

  async search(query: VectorQuery) {
    this.queries.push(query);
    if (this.isSilent) return new Promise<never>(() => undefined);
    return [...this.#documents]
      .map(([id, { vector, text, fields = {} }]) => ({ id, similarity: cosineOf(vector, query.vector), text, fields }))
      .filter(({ fields }) => this.isDeaf || Object.entries(query.filter).every(([name, wanted]) => holds(fields[name], wanted)))
      .sort((one, other) => other.similarity - one.similarity)
      .slice(0, query.limit);
  }

  async put(documents: readonly NewDocument[]) {
    return documents.map((document) => {
      const id = `id-${++this.#ids}`;
      this.#documents.set(id, document);
      return { id };
    });
  }

  async findIds(filter: VectorQuery['filter'], limit: number) {
    this.sweeps++;
    return [...this.#documents]
      .filter(([, { fields = {} }]) => Object.entries(filter).every(([name, wanted]) => holds(fields[name], wanted)))
      .map(([id]) => id)
      .slice(0, limit);
  }

  async remove(ids: readonly string[]) {
    for (const id of ids) this.#documents.delete(id);
    return [];
  }
}

function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object') return value === wanted;
  const { gt = -Infinity, lte = Infinity } = wanted as { readonly gt?: number; readonly lte?: number };
  return Number(value) > gt && Number(value) <= lte;
}

export class MemoryAnswers implements AnswerCache {
  readonly answers = new Map<string, StoredAnswer>();
  reads = 0;
  /** Set: the next read fails. */
  isSlowOnce = false;

  async find(key: string): Promise<StoredAnswer | undefined> {
    this.reads++;
    if (this.isSlowOnce) {
      this.isSlowOnce = false;
      throw new Error('too slow');
    }
    return this.answers.get(key);
  }

  async put(key: string, answer: StoredAnswer): Promise<void> {
    this.answers.set(key, answer);
  }

  async remove(key: string): Promise<void> {
    this.answers.delete(key);
  }
}

/** One direction for what is asked of passwords, another for the rest; ten tokens a text. */
const embeds = ({ texts }: EmbeddingRequest): EmbeddingAnswer => ({
  vectors: texts.map((text) => (text.includes('password') ? [1, text.length / 1_000] : [0, 1])),
  inputTokens: 10 * texts.length,
});

export interface Given {
  readonly embed?: (request: EmbeddingRequest, signal: AbortSignal) => Promise<EmbeddingAnswer> | EmbeddingAnswer;
  readonly embeddingModels?: EmbeddingModelEntry[];
  /** @default 0 */
  readonly verifyShare?: number;
  /** What the model answers. @default `hello` */
  readonly script?: (request: ModelRequest, signal: AbortSignal) => ReturnType<typeof hello>;
  readonly limits?: PlatformDocument['limits'];
  readonly ports?: Partial<GatewayPorts>;
}

export function createSemanticGateway(given: Given = {}) {
  const [index, answers] = [new MemoryIndex(), new MemoryAnswers()];
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { ...systemClock, nowMs: () => nowMs };
  let embedded = 0;
  const tenants = [KEY, OTHER_KEY].map(tenantOf);
  const semantic = { embeddingModel: 'embedder', dimensions: 2, threshold: 0.88, tenants, verifyShare: given.verifyShare ?? 0 };
  const document: PlatformDocument = {
    ...platform,
    embeddingModels: given.embeddingModels ?? [embedder],
    answerCache: { ...answerCache, semantic },
    limits: given.limits ?? platform.limits,
    watchedTenants: tenants,
  };
  const failures: string[] = [];
  const log = { info: () => undefined, error: (_: string, { error }: { readonly error?: unknown }) => void failures.push(String(error)) };
  const gateway = createTestGateway(hello, {
    platform: document,
    answerCache: answers,
    similarAnswers: createSimilarAnswers(index, { clock, log }),
    clock,
    adapters: {
      bedrock: {
        check: () => undefined,
        stream: async function* (request, signal) {
          gateway.audit.order.push('model');
          for await (const event of (given.script ?? hello)(request, signal)) yield [event];
        },
        async embed(request, signal) {
          embedded++;
          return (given.embed ?? embeds)(request, signal);
        },
      },
    },
    ...given.ports,
  });
  async function ask(content: unknown, change: object = {}, headers: Record<string, string> = {}, key = KEY) {
    const body = { model: 'small-1', messages: [{ role: 'user', content }], ...change };
    const all = { authorization: `Bearer ${key}`, 'x-blueprint-cache-control': 'ttl=60', ...headers };
    const response = await gateway.chat(body, { headers: all });
    const text = await response.text();
    await gateway.settled();
    const { headers: answered } = response;
    return {
      status: response.status,
      text,
      state: answered.get('x-blueprint-cache'),
      similarity: answered.get('x-blueprint-cache-similarity'),
      cost: answered.get('x-blueprint-cost-usd'),
      id: answered.get('x-blueprint-trace-id') ?? '',
      settlement: gateway.audit.settlements.get(answered.get('x-blueprint-trace-id') ?? ''),
    };
  }
  return {
    ...gateway,
    ask,
    index,
    answers,
    failures,
    advance: (ms: number) => void (nowMs += ms),
    embedded: () => embedded,
    modelCalls: () => gateway.audit.order.filter((step) => step === 'model').length,
  };
}
