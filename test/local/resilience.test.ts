import * as fs from 'node:fs';
import type { FaultRule } from '../../local/faults';
import { auditOf, chargeOf, expectMatrix, type Settlement } from '../helpers/fault-matrix';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';
import { synthWithRouting } from '../helpers/synth-with-routing';

/**
 * What goes wrong with models, and for each: what the client receives, what it is charged and what the audit trail says. docs/fault-matrix.md
 * is this table; `WRITE_FAULT_MATRIX=1 npm test -- test/local/resilience` writes it anew.
 */

const [FIRST, SECOND] = ['nova-micro', 'nova-lite'] as const;
const ATTEMPTS = 3;

const routing = {
  aliases: { both: [FIRST, SECOND] as string[] },
  retry: { maxAttempts: ATTEMPTS, baseDelayMs: 5, maxDelayMs: 20, maxRetryAfterMs: 1_000 },
  timeouts: { firstTokenMs: 1_500, idleMs: 1_500 },
  breaker: { failureThreshold: 3, openMs: 900_000 },
};

let folder: string;
let degradedFolder: string;
let platform: TestPlatform;
beforeAll(() => {
  folder = synthWithRouting(routing);
  degradedFolder = synthWithRouting({ ...routing, degraded: { text: 'We will be back soon.' } });
});
afterAll(() => {
  for (const made of [folder, degradedFolder]) fs.rmSync(made, { recursive: true, force: true });
});
afterEach(() => stop());
let stop: () => Promise<void> = async () => undefined;

async function start(assembly: string): Promise<void> {
  platform = await startPlatform({ assembly });
  stop = async () => {
    stop = async () => undefined;
    await platform.stop();
  };
}

type Fault = Omit<FaultRule, 'service'>;

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly client: string;
  readonly settlement: Settlement;
}

async function ask(model: string, stream: boolean): Promise<Seen> {
  const response = await platform.request('/v1/chat/completions', {
    body: { model, stream, max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] },
  });
  const { status, headers } = response;
  const text = await response.text();
  const id = headers.get('x-blueprint-trace-id') ?? '';
  let settlement: Settlement | null = null;
  await until(async () => {
    const record = (await (await platform.request(`/v1/calls/${id}`, { method: 'GET' })).json()) as { settlement: Settlement | null };
    settlement = record.settlement;
    return settlement !== null;
  }, 'the call was settled');
  return { status, headers, text, client: clientSays(status, headers, text), settlement: settlement as unknown as Settlement };
}

function clientSays(status: number, headers: Headers, text: string): string {
  if (status !== 200) return `${status} \`${(JSON.parse(text) as { error: { code: string } }).error.code}\``;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const code = isStream ? /"error":\{.*?"code":"(\w+)"/.exec(text)?.[1] : undefined;
  if (code !== undefined) return `200, part of the answer, then \`${code}\` and no \`[DONE]\``;
  if (isStream) expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  return `200 from \`${headers.get('x-blueprint-model')}\`${headers.has('x-blueprint-degraded') ? ', marked `x-blueprint-degraded: static`' : ''}`;
}

interface Case {
  readonly what: string;
  readonly faults: readonly Fault[];
  readonly model?: string;
  readonly degraded?: boolean;
  /** Calls made before, to which the faults happen. */
  readonly before?: number;
  readonly plain: readonly [client: string, charged: string, audit: string];
  /** Where it differs. */
  readonly streamed?: readonly [client: string, charged: string, audit: string];
}

const times = (model: string, code: string, count = ATTEMPTS): string =>
  Array.from({ length: count }, () => `${model}: ${code}`).join(', ');
const answered = (model: string) => `200 from \`${model}\``;
const cutOff = '200, part of the answer, then `model_stream_interrupted` and no `[DONE]`';
const cases: readonly Case[] = [
  {
    what: 'throttled once',
    faults: [{ kind: 'throttled', times: 1 }],
    plain: [answered(FIRST), 'the usage', `\`ok\`; ${FIRST}: rate_limit_exceeded, ${FIRST}: ok`],
  },
  {
    what: 'unavailable once',
    faults: [{ kind: 'unavailable', times: 1 }],
    plain: [answered(FIRST), 'the usage', `\`ok\`; ${FIRST}: model_unavailable, ${FIRST}: ok`],
  },
  {
    what: 'connection closed at once, as by a stale socket',
    faults: [{ kind: 'refuse', times: 1 }],
    plain: [answered(FIRST), 'the usage', `\`ok\`; ${FIRST}: model_unavailable, ${FIRST}: ok`],
  },
  {
    what: 'throttled for good',
    faults: [{ kind: 'throttled', times: ATTEMPTS }],
    plain: [answered(SECOND), 'the usage', `\`ok\`; ${times(FIRST, 'rate_limit_exceeded')}, ${SECOND}: ok`],
  },
  {
    what: 'throttled for good, a model named by its id',
    faults: [{ kind: 'throttled', times: ATTEMPTS }],
    model: FIRST,
    plain: ['429 `rate_limit_exceeded`', 'nothing', `\`error\` \`rate_limit_exceeded\`; ${times(FIRST, 'rate_limit_exceeded')}`],
  },
  {
    what: 'unavailable for good',
    faults: [{ kind: 'unavailable', times: ATTEMPTS }],
    plain: [answered(SECOND), 'the usage', `\`ok\`; ${times(FIRST, 'model_unavailable')}, ${SECOND}: ok`],
  },
  {
    what: 'the next call after that, its breaker open',
    faults: [{ kind: 'unavailable', times: ATTEMPTS }],
    before: 1,
    plain: [answered(SECOND), 'the usage', `\`ok\`; ${FIRST}: skipped, ${SECOND}: ok`],
  },
  {
    what: 'slow first token',
    faults: [{ kind: 'latency', delayMs: 600_000, times: 1 }],
    plain: [answered(SECOND), 'the usage', `\`ok\`; ${FIRST}: model_timeout, ${SECOND}: ok`],
  },
  {
    what: 'cut in the middle of the answer',
    faults: [{ kind: 'cut', afterChunks: 3, times: 1 }],
    plain: ['502 `model_stream_interrupted`', 'an estimate', `\`error\` \`model_stream_interrupted\`; ${FIRST}: model_stream_interrupted`],
    streamed: [cutOff, 'an estimate', `\`error\` \`model_stream_interrupted\`; ${FIRST}: model_stream_interrupted`],
  },
  {
    what: 'every model throttled',
    faults: [{ kind: 'throttled' }],
    plain: [
      '429 `rate_limit_exceeded`',
      'nothing',
      `\`error\` \`rate_limit_exceeded\`; ${times(FIRST, 'rate_limit_exceeded')}, ${times(SECOND, 'rate_limit_exceeded')}`,
    ],
  },
  {
    what: 'every model unavailable',
    faults: [{ kind: 'unavailable' }],
    plain: [
      '503 `model_unavailable`',
      'nothing',
      `\`error\` \`model_unavailable\`; ${times(FIRST, 'model_unavailable')}, ${times(SECOND, 'model_unavailable')}`,
    ],
  },
  {
    what: 'every model unavailable, with a static text in the policy',
    faults: [{ kind: 'unavailable' }],
    degraded: true,
    plain: [
      '200 from `static`, marked `x-blueprint-degraded: static`',
      'nothing',
      `\`error\` \`model_unavailable\`; ${times(FIRST, 'model_unavailable')}, ${times(SECOND, 'model_unavailable')}`,
    ],
  },
];

const forms = cases.flatMap((given) => [false, true].map((stream) => ({ ...given, stream, form: stream ? 'streamed' : 'plain' })));

test.each(forms)('$what, $form', async (given) => {
  await start(given.degraded === true ? degradedFolder : folder);
  const { faults } = platform.emulator.world.endpoint;
  for (const fault of given.faults) faults.add({ service: 'bedrock', ...fault });
  for (let call = 0; call < (given.before ?? 0); call++) await ask(given.model ?? 'both', given.stream);
  let called = 0;
  platform.emulator.world.endpoint.intercept(({ service, phase }) => {
    if (service === 'bedrock' && phase === 'after') called += 1;
  });

  const { client, settlement, headers, text } = await ask(given.model ?? 'both', given.stream);
  expect([client, chargeOf(settlement), auditOf(settlement)]).toEqual(given.stream ? (given.streamed ?? given.plain) : given.plain);
  expect(settlement.attempts.reduce((sum, { cost_micro_usd }) => sum + cost_micro_usd, 0)).toBe(settlement.cost_micro_usd);
  // What failed before it ran is no call that the model saw.
  expect(called).toBe(settlement.attempts.filter(({ cost_micro_usd }) => cost_micro_usd > 0).length);
  if (given.stream || headers.get('x-blueprint-attempts') === null) return;
  expect(Number(headers.get('x-blueprint-attempts'))).toBe(settlement.attempts.length);
  expect(Math.round(Number(headers.get('x-blueprint-cost-usd')) * 1e6)).toBe(settlement.cost_micro_usd);
  if (settlement.status === 'ok') expect(text).toContain('"finish_reason"');
});

test('the usage chunk of a stream has all attempts, and what they cost together', async () => {
  await start(folder);
  platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'throttled', times: ATTEMPTS });
  // Which the client passes on as they are.
  const ours = { task_type: 'chat', max_cost_usd: 0.01 };
  const stream = await platform.openai.chat.completions.create({
    model: 'auto',
    ...ours,
    max_tokens: 20,
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const last = chunks.at(-1) as unknown as { model: string; x_blueprint: { attempts: number; cost_usd: number } };
  expect(last.x_blueprint.attempts).toBe(ATTEMPTS + 1);
  expect(last.x_blueprint.cost_usd).toBeGreaterThan(0);
  expect(last.model).toBe(SECOND);
});

test('docs/fault-matrix.md has this table', () => {
  const row = (what: string, form: string, [client, charged, audit]: Case['plain']) =>
    `| ${what} | ${form} | ${client} | ${charged} | ${audit} |`;
  const rows = cases.flatMap(({ what, plain, streamed }) =>
    streamed === undefined ? [row(what, 'both', plain)] : [row(what, 'plain', plain), row(what, 'streamed', streamed)],
  );
  expectMatrix('Models of Bedrock', [
    `Made from \`test/local/resilience.test.ts\`, which asserts each line on the whole platform. There the alias \`both\` has the models \`${FIRST}\` and`,
    `\`${SECOND}\`, a model gets ${ATTEMPTS} attempts, and a breaker opens after ${routing.breaker.failureThreshold} failures. What the policy is elsewhere: [routing.md](routing.md).`,
    '',
    '| what happens to the model | answer | the client receives | it is charged | the audit trail says |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ]);
});
