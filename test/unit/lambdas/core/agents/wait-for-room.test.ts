import { waitForRoom } from '../../../../../lambdas/core/agents/wait-for-room';

/** How an agent waits for a gateway that is busy: by answers in a row, and a clock that counts what was slept. */

const busy = (retryAfter?: string) =>
  Response.json(
    { error: { code: 'rate_limit_exceeded', message: 'Too many.' } },
    { status: 429, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } },
  );
const answered = () => Response.json({ answer: 42 });

async function ask(responses: readonly Response[], { endsAtMs = Number.POSITIVE_INFINITY, random = (): number => 0.5 } = {}) {
  const slept: number[] = [];
  let asked = 0;
  const response = await waitForRoom(
    async () => {
      const next = responses[asked];
      asked += 1;
      if (next === undefined) throw new Error('asked too often');
      return next;
    },
    {
      signal: new AbortController().signal,
      random,
      sleep: async (ms) => {
        if (slept.reduce((sum, each) => sum + each, ms) > endsAtMs) throw new DOMException('The time is over.', 'TimeoutError');
        slept.push(ms);
      },
    },
  );
  return { response, slept, asked };
}

test('an answer is handed on at once', async () => {
  const { response, slept, asked } = await ask([answered()]);
  expect(await response.json()).toEqual({ answer: 42 });
  expect([slept, asked]).toEqual([[], 1]);
});

test('waits grow to a bound, and are spread', async () => {
  const { response, slept } = await ask([...Array.from({ length: 7 }, () => busy()), answered()]);
  expect(response.status).toBe(200);
  expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
});

test('never shorter than the gateway asks for', async () => {
  expect((await ask([busy('3'), busy('3'), answered()], { random: () => 0 })).slept).toEqual([3_000, 3_000]);
});

test.each(['soon', '-1', 'NaN', 'Infinity', ''])('a Retry-After of "%s" is passed over', async (retryAfter) => {
  expect((await ask([busy(retryAfter), answered()])).slept).toEqual([250]);
});

test('when the time is over the last refusal is the answer, whole', async () => {
  const { response, asked } = await ask([busy(), busy(), busy()], { endsAtMs: 800 });
  expect(asked).toBe(3);
  expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
});

test.each([
  ['a budget that is used up', Response.json({ error: { code: 'insufficient_quota' } }, { status: 429 })],
  ['a 429 that is nobody’s we know', new Response('busy', { status: 429 })],
  ['a model that is unavailable', Response.json({ error: { code: 'model_unavailable' } }, { status: 503 })],
  ['a refusal', Response.json({ error: { code: 'rate_limit_exceeded' } }, { status: 403 })],
])('%s is not waited for', async (_what, refusal) => {
  const { response, slept } = await ask([refusal]);
  expect(response).toBe(refusal);
  expect(slept).toEqual([]);
  expect(response.bodyUsed).toBe(false);
});

test('what ask throws is not tried again', async () => {
  await expect(ask([])).rejects.toThrow('asked too often');
});
