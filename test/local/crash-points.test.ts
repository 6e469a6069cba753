import { createHash } from 'node:crypto';
import { planCrash } from '../../local/crash';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * The gateway killed at every call that it makes to AWS. At each point: a call that may have reached a model is in the audit trail, and what
 * the client saw does not contradict what is recorded.
 */

/** A cold function's calls, in order: the crash points. A test below fails when a call is added and not listed here. */
const CALLS = [
  // The key and, once it is known whose it is, its tenant.
  'dynamodb.BatchGetItem',
  'dynamodb.BatchGetItem',
  'dynamodb.ExecuteStatement',
  'bedrock.ConverseStream',
  'dynamodb.ExecuteStatement',
];
const INTENT_CALL = 3;
const MODEL_CALL = 4;

interface Seen {
  readonly status: number;
  readonly complete: boolean;
  readonly content: string;
}

async function ask(platform: TestPlatform, stream: boolean): Promise<Seen> {
  const response = await platform.request('/v1/chat/completions', {
    body: { model: MODEL, stream, messages: [{ role: 'user', content: 'Hello' }] },
  });
  const text = await response.text().catch(() => undefined);
  if (response.status !== 200 || text === undefined) return { status: response.status, complete: false, content: '' };
  if (!stream)
    return {
      status: 200,
      complete: true,
      content: (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? '',
    };
  const events = text.split('\n\n').filter((event) => event.startsWith('data: {'));
  const pieces = events.map(
    (event) => (JSON.parse(event.slice(6)) as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '',
  );
  return { status: 200, complete: text.trimEnd().endsWith('data: [DONE]'), content: pieces.join('') };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const points = [false, true].flatMap((stream) =>
  CALLS.flatMap((name, index) => (['before', 'after'] as const).map((phase) => ({ stream, call: index + 1, phase, name }))),
);

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

test.each([false, true])('the crash points are all there are (stream: %s)', async (stream) => {
  const never = planCrash(platform.emulator.world, { functionName: 'Gateway', call: Number.POSITIVE_INFINITY, phase: 'before' });
  expect(await ask(platform, stream)).toMatchObject({ status: 200, complete: true });
  await until(() => never.calls.length >= CALLS.length, 'all calls were made');
  expect(never.calls).toEqual(CALLS);
});

test.each(points)('killed $phase call $call, $name (stream: $stream)', async ({ stream, call, phase }) => {
  let modelCalls = 0;
  platform.emulator.world.events.listen((event) => {
    if (event.kind === 'model') modelCalls++;
  });
  const crash = planCrash(platform.emulator.world, { functionName: 'Gateway', call, phase });
  const seen = await ask(platform, stream);
  await until(crash.happened, 'the function was killed');
  const records = Object.values(await platform.audit());

  const intentWritten = call > INTENT_CALL || (call === INTENT_CALL && phase === 'after');
  expect(records).toHaveLength(intentWritten ? 1 : 0);
  if (modelCalls > 0) expect(records).toHaveLength(1);
  // A client that has seen an answer can look it up; one that has seen none is told so by the status.
  if (seen.complete) expect(records).toHaveLength(1);
  else expect([200, 502]).toContain(seen.status);
  if (call <= MODEL_CALL) expect(seen).toMatchObject({ status: 502, complete: false });

  const settlement = records[0]?.SETTLEMENT;
  const settled = call === CALLS.length && phase === 'after';
  expect(settlement !== undefined).toBe(settled);
  if (settlement && seen.complete) {
    expect(settlement.status).toEqual({ S: 'ok' });
    expect(settlement.output_hash).toEqual({ S: sha256(seen.content) });
  }

  // The next call finds a new environment, and everything in order.
  expect(await ask(platform, stream)).toMatchObject({ status: 200, complete: true });
  await until(async () => {
    const calls = Object.values(await platform.audit());
    return calls.length === records.length + 1 && calls.filter((kinds) => kinds.SETTLEMENT).length === (settled ? 2 : 1);
  }, 'the next call was recorded whole');
});

test('killed in the middle of a stream: the client sees it broken off, the intent is there, nothing is settled', async () => {
  await platform.stop();
  platform = await startPlatform({ latency: { firstTokenMs: 0, perTokenMs: 20 } });
  const { gateway } = platform;
  const stream = await platform.openai.chat.completions.create({
    model: MODEL,
    stream: true,
    messages: [{ role: 'user', content: 'Hello' }],
  });
  const read = async () => {
    let chunks = 0;
    for await (const _chunk of stream) {
      chunks++;
      if (chunks === 3) for (const accessKeyId of gateway.accessKeyIds) await gateway.kill(accessKeyId, 'killed by the test');
    }
  };
  await expect(read()).rejects.toThrow(/terminated|closed|reset|aborted|premature|failed/i);
  expect(Object.values(await platform.audit()).map((kinds) => Object.keys(kinds))).toEqual([['INTENT']]);
});
