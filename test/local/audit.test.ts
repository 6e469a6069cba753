import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

const body = (more: object = {}) => ({ model: MODEL, messages: [{ role: 'user', content: 'Hello' }], ...more });
const kindsOf = (calls: Record<string, Record<string, unknown>>) => Object.values(calls).map((records) => Object.keys(records).toSorted());

test('every call that is authenticated and parsed leaves one intent and one settlement, whatever becomes of it', async () => {
  const { faults } = platform.emulator.world.endpoint;
  const chat = async (request: unknown, key?: string | null) => {
    const response = await platform.request('/v1/chat/completions', { body: request, ...(key !== undefined && { key }) });
    await response.text();
    return { status: response.status, id: response.headers.get('x-blueprint-trace-id') ?? '' };
  };
  const recorded = [
    { ...(await chat(body())), outcome: 'ok' },
    { ...(await chat(body({ stream: true }))), outcome: 'ok' },
    { ...(await chat(body({ model: 'no-such-model' }))), outcome: 'refused' },
    { ...(await chat(body({ logit_bias: { 1: 1 } }))), outcome: 'refused' },
  ];
  const remove = faults.add({ service: 'bedrock', kind: 'throttled' });
  recorded.push({ ...(await chat(body())), outcome: 'error' });
  remove();
  faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 2, times: 1 });
  recorded.push({ ...(await chat(body({ stream: true }))), outcome: 'error' });

  const unrecorded = [await chat('{"model":'), await chat({ model: MODEL }), await chat(body(), null), await chat(body(), 'sk-nobody')];
  expect(unrecorded.map(({ status }) => status)).toEqual([400, 400, 401, 401]);

  await until(async () => kindsOf(await platform.audit()).flat().length === 2 * recorded.length, 'every call was settled');
  const calls = await platform.audit();
  expect(Object.keys(calls).toSorted()).toEqual(recorded.map(({ id }) => id).toSorted());
  for (const { id, outcome } of recorded) {
    expect(Object.keys(calls[id] ?? {}).toSorted()).toEqual(['INTENT', 'SETTLEMENT']);
    expect(calls[id]?.SETTLEMENT?.status).toEqual({ S: outcome });
  }
});

test('what the client is told of the cost is what is recorded', async () => {
  const response = await platform.request('/v1/chat/completions', { body: body() });
  const { id, usage } = (await response.json()) as { id: string; usage: { prompt_tokens: number; completion_tokens: number } };
  const told = Math.round(Number(response.headers.get('x-blueprint-cost-usd')) * 1_000_000);
  let record: {
    settlement: {
      cost_micro_usd: number;
      usage: Record<string, number>;
      price_table_version: string;
      stage_ms: Record<string, number>;
      total_ms: number;
    } | null;
  } = {
    settlement: null,
  };
  await until(async () => {
    record = (await (await platform.request(`/v1/calls/${id}`, { method: 'GET' })).json()) as typeof record;
    return record.settlement !== null && record.settlement !== undefined;
  }, 'the call was settled');
  expect(record.settlement?.cost_micro_usd).toBe(told);
  expect(record.settlement?.usage).toMatchObject({ input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens });
  expect(record.settlement?.price_table_version).toMatch(/\d/);
  const { stage_ms: stages = {}, total_ms: totalMs = 0 } = record.settlement ?? {};
  expect(Object.keys(stages).toSorted()).toEqual([
    'admit',
    'authenticate',
    'guard_input',
    'guard_output',
    'model',
    'prepare',
    'route',
    'settle',
  ]);
  const sum = Object.values(stages).reduce((all, ms) => all + ms, 0);
  // Each is rounded to a tenth.
  expect(sum).toBeLessThanOrEqual(totalMs + 0.5);
});

test("another tenant's call is answered exactly as one that does not exist", async () => {
  const response = await platform.request('/v1/chat/completions', { body: body() });
  const { id } = (await response.json()) as { id: string };
  const stranger = await platform.createKey('globex');
  const ofAnother = await platform.request(`/v1/calls/${id}`, { method: 'GET', key: stranger });
  const ofNobody = await platform.request(`/v1/calls/chatcmpl-${'0'.repeat(32)}`, { method: 'GET', key: stranger });
  const masked = async (answer: Response, asked: string) => ({
    status: answer.status,
    text: (await answer.text()).replaceAll(asked, '<id>').replaceAll(/"trace_id":"\w+"/g, ''),
  });
  const first = await masked(ofAnother, id);
  expect(first.status).toBe(404);
  expect(first).toEqual(await masked(ofNobody, `chatcmpl-${'0'.repeat(32)}`));
});
