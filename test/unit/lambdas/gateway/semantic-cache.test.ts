import { KEY, OTHER_KEY, untilAborted } from '../support/ports';
import { MemoryPrompts } from '../support/prompts';
import { createSemanticGateway, HOW, IN_OTHER_WORDS } from '../support/similar-answers';

/** Questions in other words, over an index and an embedding model in memory. */

const ANOTHER = 'How do I not reset my password?';
const FAR = 'Which planets have rings?';
const LIMIT_MS = 150;

describe('a question in other words', () => {
  test('is answered from the cache: no model, one read of the answer, its similarity in a header', async () => {
    const gateway = createSemanticGateway();
    const first = await gateway.ask(HOW);
    const readsBefore = gateway.answers.reads;
    const second = await gateway.ask(IN_OTHER_WORDS);

    expect([first.state, first.similarity]).toEqual(['miss', null]);
    expect(second).toMatchObject({ status: 200, state: 'semantic', similarity: expect.stringMatching(/^(?:1\.0000|0\.9\d{3})$/) });
    expect(second.text).toContain('Hello world');
    expect(gateway.modelCalls()).toBe(1);
    // The same question was looked for first.
    expect(gateway.answers.reads - readsBefore).toBe(2);
  });

  test('pays for its vector, and says so in its records and metrics', async () => {
    const gateway = createSemanticGateway();
    const { settlement: kept } = await gateway.ask(HOW);
    const { settlement, cost } = await gateway.ask(IN_OTHER_WORDS);

    expect(kept).toMatchObject({ cache: 'miss', cost_micro_usd: 31 + 10, attempts: [{ model: 'embedder' }, { model: 'small-1' }] });
    expect(settlement).toMatchObject({
      cache: 'semantic',
      cache_similarity: expect.closeTo(1, 2),
      cache_saved_micro_usd: 31,
      cost_micro_usd: 10,
      model: 'small-1',
      attempts: [{ model: 'embedder', outcome: 'ok', cost_micro_usd: 10 }],
    });
    expect(cost).toBe('0.000010');
    expect(gateway.measured.map(({ values }) => [values.CacheLookups, values.CacheHits, values.SemanticHits])).toEqual([
      [1, 0, undefined],
      [1, 1, 1],
    ]);
  });

  test('holds what its vector may cost before anything is called', async () => {
    const [gateway, without] = [createSemanticGateway(), createSemanticGateway({ embeddingModels: [] })];
    await gateway.ask(HOW);
    await without.ask(HOW);
    const worstOf = ({ audit }: typeof gateway) => [...audit.intents.values()][0]?.worst_case_cost_micro_usd ?? 0;
    expect(worstOf(gateway) - worstOf(without)).toBe(Buffer.byteLength(HOW) + 16);
    expect(without.embedded()).toBe(0);
  });

  test('asked again word for word is found without a vector', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    expect(await gateway.ask(HOW)).toMatchObject({ state: 'exact' });
    expect(gateway.embedded()).toBe(1);
  });

  test('is none where a veto says so, or it is too far', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    expect(await gateway.ask(ANOTHER)).toMatchObject({ state: 'miss', similarity: null });
    expect(await gateway.ask(FAR)).toMatchObject({ state: 'miss' });
  });

  test('is none once the answer has expired, for the index and, where that lags, for the store', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    gateway.advance(60_000);
    expect(await gateway.ask(IN_OTHER_WORDS)).toMatchObject({ state: 'miss' });

    const lagging = createSemanticGateway();
    await lagging.ask(HOW);
    lagging.advance(60_000);
    lagging.index.isDeaf = true;
    expect(await lagging.ask(IN_OTHER_WORDS)).toMatchObject({ state: 'miss' });
  });

  test('is replayed as a stream', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    const { state, text } = await gateway.ask(IN_OTHER_WORDS, { stream: true });
    // `stream` parts nothing.
    expect(state).toBe('semantic');
    expect(text).toContain('data: [DONE]');
  });
});

describe('documents that lead nowhere are deleted', () => {
  const noStore = { 'x-blueprint-cache-control': 'ttl=60, no-store' };
  /** Each of another number: no answer to the others. */
  const rings = (number: number) => `Which planets have ${number} rings?`;

  test('those that have expired, as questions are kept: now and then, and all of them', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    await gateway.ask(rings(1));
    gateway.advance(60_000);
    for (let number = 2; number <= 15; number++) await gateway.ask(rings(number));
    expect([gateway.index.sweeps, gateway.index.documents.length]).toEqual([1, 16]);
    await gateway.ask(rings(16));
    expect(gateway.index.sweeps).toBe(2);
    expect(gateway.index.documents.map(({ text }) => text)).toEqual(Array.from({ length: 15 }, (_, at) => rings(at + 2)));
  });

  test('no more of them at a time than is quick', async () => {
    const gateway = createSemanticGateway();
    const expired = Array.from({ length: 130 }, () => ({ vector: [0, 1], fields: { expiresAt: 1 } }));
    await gateway.index.put(expired);
    await gateway.ask(HOW);
    expect(gateway.index.documents).toHaveLength(31);
  });

  test('one whose answer is gone, when it is met: it would hide the others', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    gateway.answers.answers.clear();
    expect(await gateway.ask(IN_OTHER_WORDS, {}, noStore)).toMatchObject({ state: 'miss' });
    expect(gateway.index.documents).toEqual([]);
  });

  test('but not one whose answer is too old for this call alone', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW);
    gateway.advance(10_000);
    expect(await gateway.ask(IN_OTHER_WORDS, {}, { 'x-blueprint-cache-control': 'ttl=5, no-store' })).toMatchObject({ state: 'miss' });
    expect(await gateway.ask(IN_OTHER_WORDS, {}, noStore)).toMatchObject({ state: 'semantic' });
  });

  test.each(['put', 'findIds', 'remove'] as const)('an index that does not %s costs the caller nothing', async (operation) => {
    const gateway = createSemanticGateway();
    await gateway.index.put([{ vector: [0, 1], fields: { expiresAt: 1 } }]);
    gateway.index[operation] = () => Promise.reject(new Error('it is gone'));
    expect(await gateway.ask(HOW)).toMatchObject({ status: 200, state: 'miss', settlement: { status: 'ok' } });
    expect(gateway.lines.filter(({ message }) => message === 'questions not kept')).toHaveLength(1);
  });
});

describe('what is not looked for in other words', () => {
  test.each<[string, object, Record<string, string>]>([
    [
      'a conversation',
      { messages: [HOW, 'x', IN_OTHER_WORDS].map((content, at) => ({ role: at === 1 ? 'assistant' : 'user', content })) },
      {},
    ],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'text', text: HOW }] }] }, {}],
    ['a long text', { messages: [{ role: 'user', content: 'word '.repeat(401) }] }, {}],
    ['a call with a ceiling', { max_cost_usd: 1 }, {}],
    ['a call that wants a new answer', {}, { 'x-blueprint-cache-control': 'no-cache' }],
    ['a call without the cache', {}, { 'x-blueprint-cache-control': '' }],
  ])('%s', async (_, change, headers) => {
    const gateway = createSemanticGateway();
    expect(await gateway.ask(HOW, change, headers)).toMatchObject({ status: 200, state: 'miss' });
    expect([gateway.embedded(), gateway.index.documents.length]).toEqual([0, 0]);
  });
});

describe('no answer of another', () => {
  /** Each makes another partition; the last is none of the policy's parameters, and parts all the same. */
  const partitions: readonly [object, string][] = [
    [{}, KEY],
    [{}, OTHER_KEY],
    [
      {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: '' },
        ],
      },
      KEY,
    ],
    [{ temperature: 0.5 }, KEY],
    [{ max_tokens: 50 }, KEY],
    [{ seed: 1 }, KEY],
    [{ model: 'usual' }, KEY],
    [{ top_p: 0.5 }, KEY],
    [{ metadata: { locale: 'de-CH' } }, KEY],
    [{ metadata: { locale: 'de-DE' } }, KEY],
  ];
  const withQuestion = (change: object, question: string): object => {
    const { messages = [{ role: 'user', content: '' }] } = change as { readonly messages?: readonly { role: string; content: string }[] };
    return { ...change, messages: messages.map((message) => (message.role === 'user' ? { ...message, content: question } : message)) };
  };

  test.each([false, true])('across partitions, whether the index filters or not (deaf: %s)', async (isDeaf) => {
    for (const [at, [kept, keeper]] of partitions.entries()) {
      const gateway = createSemanticGateway();
      gateway.index.isDeaf = isDeaf;
      await gateway.ask(HOW, withQuestion(kept, HOW), {}, keeper);
      expect(gateway.index.documents).toHaveLength(1);
      for (const [other, [change, key]] of partitions.entries()) {
        // What it answers itself is not kept, so that each is asked of the first alone.
        const noStore = { 'x-blueprint-cache-control': 'ttl=60, no-store' };
        const { state } = await gateway.ask(IN_OTHER_WORDS, withQuestion(change, IN_OTHER_WORDS), noStore, key);
        expect([at, other, state]).toEqual([at, other, at === other ? 'semantic' : 'miss']);
      }
    }
  });
});

describe('no answer of another locale', () => {
  const inLocale = (locale: string) => ({ metadata: { locale } });

  test('however it is written, a locale is one', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW, inLocale('de-CH'));
    expect(await gateway.ask(IN_OTHER_WORDS, inLocale('de-ch'))).toMatchObject({ state: 'semantic' });
    expect(await gateway.ask(HOW)).toMatchObject({ state: 'miss' });
  });

  test('what a client says of its language by itself parts nothing', async () => {
    const gateway = createSemanticGateway();
    await gateway.ask(HOW, {}, { 'accept-language': 'de' });
    expect(await gateway.ask(IN_OTHER_WORDS, {}, { 'accept-language': 'fr' })).toMatchObject({ state: 'semantic' });
  });

  test('of a prompt that has a variable `locale`', async () => {
    const prompts = new MemoryPrompts();
    const text = { type: 'string', maxLength: 100 };
    prompts.release('help', 1, {
      messages: [{ role: 'user', template: '({{locale}}) {{question}}' }],
      variables: { locale: text, question: text },
      cache: { exact: { ttlSeconds: 60 }, semantic: { ttlSeconds: 60 } },
    });
    const gateway = createSemanticGateway({ ports: { prompts } });
    const ask = async (locale: string, question: string) => {
      const body = JSON.stringify({ variables: { locale, question } });
      const headers = { authorization: `Bearer ${KEY}`, 'x-blueprint-cache-control': 'ttl=60, no-store' };
      const init = { method: 'POST', headers: question === HOW ? { authorization: headers.authorization } : headers, body };
      const response = await gateway.request('/v1/prompts/help/completions', init);
      await response.text();
      await gateway.settled();
      return response.headers.get('x-blueprint-cache');
    };
    // Italian and Icelandic: to the vetoes two words that mean nothing.
    expect(await ask('it', HOW)).toBe('miss');
    expect(await ask('is', IN_OTHER_WORDS)).toBe('miss');
    expect(await ask('it', IN_OTHER_WORDS)).toBe('semantic');
    expect(gateway.measured.find(({ values }) => values.SemanticHits === 1)?.dimensions).toMatchObject({ Prompt: 'help' });
  });
});

describe('an index or a model that is dead', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test.each(['index', 'embedding model'])('%s: costs one call 150 ms, and the calls after it nothing', async (what) => {
    const gateway = createSemanticGateway(what === 'index' ? {} : { embed: (_, signal) => untilAborted(signal) });
    gateway.index.isSilent = what === 'index';
    const chat = (content: string) =>
      gateway.chat(
        { model: 'small-1', messages: [{ role: 'user', content }] },
        { headers: { authorization: `Bearer ${KEY}`, 'x-blueprint-cache-control': 'ttl=60, no-store' } },
      );
    const first = chat(HOW);
    await jest.advanceTimersByTimeAsync(LIMIT_MS - 1);
    expect(gateway.modelCalls()).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect((await first).headers.get('x-blueprint-cache')).toBe('miss');
    for (let call = 2; call <= 20; call++) {
      expect((await chat(IN_OTHER_WORDS)).status).toBe(200);
      expect(gateway.modelCalls()).toBe(call);
    }
    expect(gateway.embedded()).toBe(1);
    expect(gateway.failures).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(10_000);
    await gateway.settled();
  });
});
