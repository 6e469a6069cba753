import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** The cache over the real bundle and store: what a hit asks of AWS, and the gateway killed at each call of one that is kept and one that is found. */

const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] };
/** A warm function's calls, in the order of their names where they are made at the same time. */
const MISS = ['bedrock.ConverseStream', 'dynamodb.ExecuteStatement', 'dynamodb.ExecuteStatement', 'dynamodb.GetItem', 'dynamodb.PutItem'];
const HIT = ['dynamodb.ExecuteStatement', 'dynamodb.ExecuteStatement', 'dynamodb.GetItem'];
const NEVER = { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' } as const;

/** Between the first two calls, which are made at the same time, there is no point of its own. */
const pointsOf = (calls: readonly string[]) =>
  calls.flatMap((_, index) =>
    (['before', 'after'] as const).map((phase) => ({ call: index + 1, phase })).filter(({ call, phase }) => call > 1 || phase === 'before'),
  );

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

interface Seen {
  readonly status: number;
  readonly state: string | null;
  readonly text: string | undefined;
}

async function ask(stream = false): Promise<Seen> {
  const headers = { 'x-blueprint-cache-control': 'ttl=60' };
  const response = await platform.request('/v1/chat/completions', { body: { ...body, stream }, headers });
  const text = await response.text().catch(() => undefined);
  return { status: response.status, state: response.headers.get('x-blueprint-cache'), text };
}

/** The key and its tenant are known to the function, and nothing of this call is kept. */
async function warm(): Promise<void> {
  const response = await platform.request('/v1/chat/completions', { body });
  expect(response.status).toBe(200);
  await response.text();
  await untilSettled(1);
}

async function untilSettled(count: number): Promise<void> {
  const settled = async () => Object.values(await platform.audit()).filter(({ SETTLEMENT }) => SETTLEMENT).length >= count;
  await until(settled, `${count} calls were settled`);
}

test.each([false, true])('a hit reads the store once and asks no model (stream: %s)', async (stream) => {
  await warm();
  const miss = planCrash(platform.emulator.world, NEVER);
  expect(await ask()).toMatchObject({ status: 200, state: 'miss' });
  await until(() => miss.calls.length >= MISS.length, 'all calls of the miss were made');
  const hit = planCrash(platform.emulator.world, NEVER);
  expect(await ask(stream)).toMatchObject({ status: 200, state: 'exact' });
  await untilSettled(3);

  expect(miss.calls.slice(0, MISS.length).toSorted()).toEqual(MISS);
  expect(hit.calls.toSorted()).toEqual(HIT);
});

test.each(pointsOf(MISS))(
  'killed $phase call $call of one that is kept: what was settled was answered, and the next call is in order',
  async ({ call, phase }) => {
    await warm();
    const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call, phase });
    const seen = await ask();
    await until(crash.happened, 'the function was killed');
    const records = Object.values(await platform.audit());
    expect(records.length).toBeLessThanOrEqual(2);
    if (seen.status === 200) expect(records).toHaveLength(2);
    else expect(seen.status).toBe(502);

    const next = await ask();
    expect(next.status).toBe(200);
    // What was kept is whole: it was recorded as settled before.
    if (next.state === 'exact') expect(records.filter(({ SETTLEMENT }) => SETTLEMENT)).toHaveLength(2);
  },
);

test.each(pointsOf(HIT))(
  'killed $phase call $call of one that is found: nothing is charged, and the next one is found again',
  async ({ call, phase }) => {
    await warm();
    await ask();
    await until(async () => (await ask()).state === 'exact', 'the answer was kept');
    const before = Object.values(await platform.audit()).length;
    const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call, phase });
    const seen = await ask();
    await until(crash.happened, 'the function was killed');

    expect([200, 502]).toContain(seen.status);
    const records = Object.values(await platform.audit());
    if (seen.status === 200) expect(records).toHaveLength(before + 1);
    expect(await ask()).toMatchObject({ status: 200, state: 'exact' });
  },
);
