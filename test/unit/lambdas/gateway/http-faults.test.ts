import type { SettlementRecord } from '../../../../lambdas/core/audit-record';
import type { PlatformDocument } from '../../../../lambdas/core/platform';
import type { ModelAdapter, ModelEvents } from '../../../../lambdas/gateway/adapters/adapter';
import { createAdapters } from '../../../../lambdas/gateway/adapters';
import { auditOf, chargeOf, expectMatrix } from '../../../helpers/fault-matrix';
import { type FaultyUpstream, startFaultyUpstream } from '../../../helpers/upstream/faults';
import { modelOf, platformOf } from '../support/models';
import { createTestGateway } from '../support/ports';

/**
 * What goes wrong at providers that are called over HTTP, and for each: what the client receives, what it is charged and what the audit trail
 * says. The gateway's app and its adapters are the real ones; the provider is a server on this machine that misbehaves as told; time is the
 * test's, so that nothing waits.
 */

const ATTEMPTS = 2;
/** Longer than anything here takes by itself. */
const SILENCE_MS = 3_600_000;

const APIS = ['openai-compatible', 'anthropic'] as const;
type Api = (typeof APIS)[number];

/** What is said of one call, and what the client receives where another model could answer. */
type Line = readonly [client: string, charged: string, audit: string, other: string];

interface Case {
  readonly what: string;
  /** The model at the provider, which names the fault. */
  readonly fault: string;
  readonly plain: Line;
  /** Where it differs. */
  readonly streamed?: Line;
  /** Where it differs from the other API's. */
  readonly ofAnthropic?: { readonly plain: Line; readonly streamed?: Line };
}

const OTHER = '200 from `other`, `stop`';
const CUT_OFF = 'part of the answer, then `model_stream_interrupted` and no `[DONE]`';

/** Before the answer: nothing is charged, and another model is asked. */
const passedOver = (client: string, code: string, attempts: number): Line => [
  client,
  'nothing',
  `\`error\` \`${code}\`; ${Array.from({ length: attempts }, () => `model: ${code}`).join(', ')}`,
  OTHER,
];
/** For good, also where another model could answer. */
const refused = (client: string, code: string, charged: string): Line => [client, charged, `\`error\` \`${code}\`; model: ${code}`, client];
const answered = (client: string): Line => [client, 'the usage', '`ok`; model: ok', client];

const unavailable = { plain: passedOver('503 `model_unavailable`', 'model_unavailable', ATTEMPTS) };
const interrupted = {
  plain: refused('502 `model_stream_interrupted`', 'model_stream_interrupted', 'an estimate'),
  streamed: refused(`200, ${CUT_OFF}`, 'model_stream_interrupted', 'an estimate'),
};

const cases: readonly Case[] = [
  { what: 'the connection is refused', fault: 'refused', ...unavailable },
  {
    what: '429, `Retry-After: 30`',
    fault: '429-and-when-to-come-back',
    // Longer than the policy waits.
    plain: passedOver('429 `rate_limit_exceeded`, `Retry-After: 30`', 'rate_limit_exceeded', 1),
  },
  { what: '429', fault: '429', plain: passedOver('429 `rate_limit_exceeded`', 'rate_limit_exceeded', ATTEMPTS) },
  { what: '500', fault: '500', ...unavailable },
  { what: '503', fault: '503', ...unavailable },
  { what: '529', fault: '529', ...unavailable },
  { what: 'another content type than `text/event-stream`', fault: 'wrong-content-type', ...unavailable },
  { what: 'slow first token', fault: 'slow-first-token', plain: passedOver('504 `model_timeout`', 'model_timeout', 1) },
  {
    what: 'silence in the middle of the answer',
    fault: 'stall',
    plain: refused('504 `model_timeout`', 'model_timeout', 'an estimate'),
    streamed: refused('200, part of the answer, then `model_timeout` and no `[DONE]`', 'model_timeout', 'an estimate'),
  },
  { what: 'connection cut in the middle of the answer', fault: 'cut', ...interrupted },
  { what: 'answer that ends without its finish', fault: 'truncated', ...interrupted },
  { what: 'malformed JSON in the middle of the answer', fault: 'malformed-json', ...interrupted },
  {
    what: 'error event in the middle of the answer: `server_error`, `overloaded_error`',
    fault: 'error-event',
    ...interrupted,
    ofAnthropic: {
      plain: refused('503 `model_unavailable`', 'model_unavailable', 'an estimate'),
      streamed: refused('200, part of the answer, then `model_unavailable` and no `[DONE]`', 'model_unavailable', 'an estimate'),
    },
  },
  {
    what: 'empty answer',
    fault: 'empty',
    plain: refused('502 `model_stream_interrupted`', 'model_stream_interrupted', 'the usage'),
    streamed: refused('200, then `model_stream_interrupted` and no `[DONE]`', 'model_stream_interrupted', 'the usage'),
  },
  { what: 'answer cut by its limit', fault: 'at-its-limit', plain: answered('200 from `model`, `length`') },
  { what: 'answer cut by a content filter', fault: 'filtered', plain: answered('200 from `model`, `content_filter`') },
  {
    what: 'conversation too long',
    fault: 'too-long',
    plain: refused('400 `context_length_exceeded`', 'context_length_exceeded', 'nothing'),
  },
];

function lineOf({ plain, streamed = plain, ofAnthropic }: Case, api: Api, stream: boolean): Line {
  if (api === 'anthropic' && ofAnthropic !== undefined) return stream ? (ofAnthropic.streamed ?? ofAnthropic.plain) : ofAnthropic.plain;
  return stream ? streamed : plain;
}

let upstream: FaultyUpstream;
/** Where nobody listens. */
let nowhere: string;
beforeAll(async () => {
  upstream = await startFaultyUpstream();
  const gone = await startFaultyUpstream();
  nowhere = gone.url;
  await gone.close();
});
afterAll(() => upstream.close());
beforeEach(() => {
  // Those by which things are waited for are real.
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => jest.useRealTimers());

function platformWith(api: Api, fault: string): PlatformDocument {
  const baseOf = (url: string) => (api === 'anthropic' ? url : `${url}/v1`);
  const models = [
    modelOf('model', 'small', 1_000_000, { provider: 'faulty', providerModelId: fault }),
    modelOf('other', 'small', 1_000_000, { provider: 'well', providerModelId: 'healthy' }),
  ];
  return {
    ...platformOf(models, {
      aliases: { either: ['model', 'other'] },
      retry: { maxAttempts: ATTEMPTS, baseDelayMs: 1, maxDelayMs: 1, maxRetryAfterMs: 5_000 },
      timeouts: { firstTokenMs: SILENCE_MS, idleMs: SILENCE_MS },
    }),
    providers: {
      faulty: { api, baseUrl: baseOf(fault === 'refused' ? nowhere : upstream.url), secretId: 'key' },
      well: { api, baseUrl: baseOf(upstream.url), secretId: 'key' },
    },
    limits: { maxBodyBytes: 100_000, modelTimeoutMs: 10 * SILENCE_MS },
  };
}

interface Seen {
  readonly client: string;
  readonly settlement: SettlementRecord;
}

async function ask(api: Api, fault: string, model: string, stream: boolean): Promise<Seen> {
  const platform = platformWith(api, fault);
  const watch = new Watch();
  const adapters = createAdapters(platform.providers, async () => 'sk-test');
  const faulty = adapters.faulty as ModelAdapter;
  const gateway = createTestGateway(undefined, { platform, adapters: { ...adapters, faulty: watch.over(faulty) } });
  const call = gateway.chat({ model, stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }).then(async (response) => {
    const text = await response.text();
    await gateway.settled();
    return clientSays(response, text);
  });
  const client = await overTime(call, watch);
  const settlements = [...gateway.audit.settlements.values()];
  expect(settlements).toHaveLength(1);
  return { client, settlement: settlements[0] as SettlementRecord };
}

/** Knows when the gateway waits for a model. */
class Watch {
  /** Whether the model’s next events are awaited. */
  isWaiting = false;
  /** Whether events of it have come. */
  hasBegun = false;

  over(adapter: ModelAdapter): ModelAdapter {
    return { ...adapter, stream: (request, signal) => this.#stream(adapter.stream(request, signal)) };
  }

  async *#stream(source: AsyncIterable<ModelEvents>): AsyncGenerator<ModelEvents, void> {
    this.isWaiting = true;
    for await (const events of source) {
      this.isWaiting = false;
      this.hasBegun = true;
      yield events;
      this.isWaiting = true;
    }
  }
}

/** Lets time pass until it is over: a little at a time, and all that the policy has for a silence once the gateway waits for a provider in one. */
async function overTime<T>(work: Promise<T>, watch: Watch): Promise<T> {
  const progress = { isOver: false };
  const finished = work.finally(() => {
    progress.isOver = true;
  });
  finished.catch(() => undefined);
  for (let seen = upstream.silences.length; !progress.isOver; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const silence = upstream.silences[seen];
    const isWaited = silence !== undefined && watch.isWaiting && watch.hasBegun === (silence === 'in the answer');
    if (isWaited) seen += 1;
    jest.advanceTimersByTime(isWaited ? SILENCE_MS : 1);
  }
  return finished;
}

interface Body {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string };
    readonly message?: { readonly content: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly error?: { readonly code: string };
}

function clientSays({ status, headers }: Response, text: string): string {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const datas = isStream ? text.split('\n\n').flatMap((event) => (event === '' ? [] : [event.replace(/^data: /, '')])) : [text];
  const bodies = datas.flatMap((data) => (data === '[DONE]' ? [] : [JSON.parse(data) as Body]));
  const error = bodies.find((body) => body.error)?.error;
  const retryAfter = headers.get('retry-after');
  if (status !== 200) return `${status} \`${error?.code}\`${retryAfter === null ? '' : `, \`Retry-After: ${retryAfter}\``}`;
  const choices = bodies.flatMap((body) => body.choices ?? []);
  const said = choices.map(({ delta, message }) => delta?.content ?? message?.content ?? '').join('');
  if (isStream) expect(datas.at(-1) === '[DONE]').toBe(error === undefined);
  if (error !== undefined) return `200${said === '' ? '' : ', part of the answer'}, then \`${error.code}\` and no \`[DONE]\``;
  const finish = choices.findLast((choice) => choice.finish_reason)?.finish_reason;
  return `200 from \`${headers.get('x-blueprint-model')}\`${said === '' ? ', without text' : ''}, \`${finish}\``;
}

const runs = cases.flatMap((given) => APIS.flatMap((api) => [false, true].map((stream) => ({ given, what: given.what, api, stream }))));

test.each(runs)('$what, $api, stream: $stream', async ({ given, api, stream }) => {
  const { client, settlement } = await ask(api, given.fault, 'model', stream);
  const { client: other } = await ask(api, given.fault, 'either', stream);
  expect([client, chargeOf(settlement), auditOf(settlement), other]).toEqual(lineOf(given, api, stream));
  expect(settlement.attempts?.reduce((sum, { cost_micro_usd }) => sum + cost_micro_usd, 0)).toBe(settlement.cost_micro_usd);
});

test('docs/fault-matrix.md has this table', () => {
  const rows = cases.flatMap((given) => {
    const lines = runs.filter((run) => run.given === given).map(({ api, stream }) => ({ api, stream, line: lineOf(given, api, stream) }));
    return given.ofAnthropic === undefined ? rowsOf(given.what, 'both', lines.slice(0, 2)) : rowsOfEach(given.what, lines);
  });
  expectMatrix('Models of other providers', [
    'Made from `test/unit/lambdas/gateway/http-faults.test.ts`, which asserts each line on the gateway with its real adapters and a provider that misbehaves as told. `model` is',
    `asked by its id and gets ${ATTEMPTS} attempts; the last column is an alias that names \`other\` after it. A provider that asks for more than 5 s is not waited for.`,
    '',
    '| what happens to `model` | `api` | answer | the client receives | it is charged | the audit trail says | with `other` to fall back to |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ]);
});

interface Told {
  readonly api: Api;
  readonly stream: boolean;
  readonly line: Line;
}

function rowsOfEach(what: string, lines: readonly Told[]): string[] {
  return APIS.flatMap((api) =>
    rowsOf(
      what,
      `\`${api}\``,
      lines.filter((line) => line.api === api),
    ),
  );
}

/** One row where both forms are the same. */
function rowsOf(what: string, api: string, [plain, streamed]: readonly Told[]): string[] {
  if (plain === undefined || streamed === undefined) throw new Error(`"${what}" was not asked in both forms.`);
  const row = (form: string, line: Line) => `| ${what} | ${api} | ${form} | ${line.join(' | ')} |`;
  if (plain.line.join() === streamed.line.join()) return [row('both', plain.line)];
  return [row('plain', plain.line), row('streamed', streamed.line)];
}
