import { randomUUID } from 'node:crypto';
import { decisionIdOf, type Trust } from '../../../../../lambdas/core/agents/decision';
import { createDecisionStore } from '../../../../../lambdas/core/agents/decision-store';
import { findFailure } from '../../../../../lambdas/core/agents/failure';
import { createReviewStore } from '../../../../../lambdas/core/agents/review-store';
import { reviewResolved } from '../../../../../lambdas/core/agents/events';
import { Harness } from '../../../local/services/dynamodb/harness';
import { AgentWorld, MAX_RECEIVES, Outside, VISIBILITY_MS, type Wire } from './support/agent-world';
import { runsTable } from './support/runs-table';
import { completion, eventBody, PROMPT_HASH, testAgent } from './support/test-agent';

/** The one handler around every agent, on the real store and a queue as SQS has it. */

let dynamodb: Harness;

beforeAll(async () => {
  dynamodb = await Harness.start({ tables: [runsTable] });
});
afterAll(() => dynamodb.stop());

const sure = { reasoning: 'It says so.', answer: 'cat', confidence: 0.9 };
const runs = () => ({ client: dynamodb.client, table: runsTable.name, retentionDays: 365 });

function worldOf(answer: (user: string, call: number) => Response = () => completion(sure), trust?: Trust): AgentWorld {
  return new AgentWorld(dynamodb.client, new Outside(answer), trust);
}

/** Gives what is left again until nothing is. */
async function drain(world: AgentWorld): Promise<void> {
  for (let round = 0; round < 3 * MAX_RECEIVES && world.queue.messages.length > 0; round += 1) {
    world.nowMs += VISIBILITY_MS + 1;
    await world.invoke();
  }
}

test('an event becomes a decision and its effects, each under a key of its own', async () => {
  const world = worldOf();
  const id = randomUUID();
  const messageId = world.send(eventBody(id, { thing: 'pet', size: 2 }));
  expect(await world.invoke()).toEqual([messageId]);
  const decisionId = decisionIdOf('tester', id);
  expect(world.outside.notes).toEqual(
    new Map([
      [`${decisionId}/note`, { thing: 'pet', answer: 'cat' }],
      [`${decisionId}/note/2`, { thing: 'pet', answer: 'cat' }],
    ]),
  );
  expect(world.outside.letters).toEqual(new Map([[`${decisionId}/letter`, 1]]));
  expect(await createDecisionStore(runs(), Date.now).find(decisionId)).toMatchObject({
    agent: 'tester',
    eventId: id,
    input: { thing: 'pet', size: 2 },
    prediction: sure,
    confidence: 0.9,
    promptId: 'tester',
    promptVersion: 3,
    promptHash: PROMPT_HASH,
    model: 'nova-micro',
    callId: 'c'.repeat(32),
    course: 'act',
  });
});

/** The calls of one attempt, in order. The letter's destination knows no keys. */
const CALLS = [
  'lock',
  'find decision',
  'ask model',
  'keep decision',
  'ask note',
  'perform note',
  'note done',
  'ask letter',
  'perform letter',
  'letter done',
  'ask note 2',
  'perform note 2',
  'note 2 done',
  'complete',
]; // prettier-ignore

describe.each([false, true])('a process that dies, its last call having its effect: %s', (after) => {
  test.each(CALLS.map((call, index) => [call, index + 1] as const))('at "%s"', async (call, at) => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask', 'performance', 'hrtime'],
    });
    const world = worldOf();
    jest.setSystemTime(world.nowMs);
    const id = randomUUID();
    world.send(eventBody(id));
    let calls = 0;
    let died!: () => void;
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const wire: Wire = async (make) => {
      calls += 1;
      if (calls < at) return make();
      if (calls === at && after) await make();
      died();
      return new Promise(() => undefined);
    };
    await Promise.race([world.invoke(10, wire), death]);
    expect(calls).toBe(at);
    for (let receive = 1; receive <= MAX_RECEIVES; receive += 1) {
      world.nowMs += VISIBILITY_MS + 1;
      jest.setSystemTime(world.nowMs);
      await world.invoke();
    }
    jest.useRealTimers();
    const decisionId = decisionIdOf('tester', id);
    const [dead] = world.deadLetters.messages;
    // Between asking and knowing, nobody can tell whether the letter was sent; a person looks.
    const isUnknown = (call === 'ask letter' && after) || call === 'perform letter' || (call === 'letter done' && !after);
    expect(world.outside.letters.get(`${decisionId}/letter`) ?? 0).toBe(
      isUnknown && !(call === 'perform letter' && after) && call !== 'letter done' ? 0 : 1,
    );
    expect(dead === undefined).toBe(!isUnknown);
    if (dead === undefined) {
      expect(world.outside.notes.size).toBe(2);
    } else {
      expect(dead.receiveCount).toBe(MAX_RECEIVES);
      expect(await findFailure(runs(), dead.id)).toMatchObject({ error: 'EffectUnknownError', receives: MAX_RECEIVES });
    }
  });
});

test('a poison message goes to the dead-letter queue after exactly so many receives, with its reason; those beside it are not held up', async () => {
  const world = worldOf((user) => completion(user.includes('poison') ? 'not JSON' : sure));
  const poison = world.send(eventBody(randomUUID(), { thing: 'poison', size: 1 }));
  const sound = [1, 2, 3].map(() => world.send(eventBody(randomUUID())));
  expect(await world.invoke()).toEqual(sound);
  await drain(world);
  expect(world.deadLetters.messages.map(({ id, receiveCount }) => [id, receiveCount])).toEqual([[poison, MAX_RECEIVES]]);
  expect(await findFailure(runs(), poison)).toMatchObject({
    agent: 'tester',
    error: 'AgentOutputError',
    reason: expect.stringContaining('Answered: not JSON'),
    callId: 'c'.repeat(32),
    receives: MAX_RECEIVES,
  });
});

test('a message that failed comes again soon, and later each time', async () => {
  const world = worldOf(() => completion('not JSON'));
  world.send(eventBody(randomUUID()));
  const waits: number[] = [];
  for (let receive = 1; receive <= 3; receive += 1) {
    await world.invoke();
    const [message] = world.queue.messages;
    waits.push((message?.visibleAtMs ?? 0) - world.nowMs);
    world.nowMs = message?.visibleAtMs ?? 0;
  }
  expect(waits).toEqual([1_000, 2_000, 4_000]);
});

test('a gateway that is busy uses up no receive', async () => {
  const busy = () => Response.json({ error: { code: 'rate_limit_exceeded' } }, { status: 429, headers: { 'retry-after': '1' } });
  const world = worldOf((_user, call) => (call <= 2 * MAX_RECEIVES ? busy() : completion(sure)));
  const messageId = world.send(eventBody(randomUUID()));
  expect(await world.invoke()).toEqual([messageId]);
  expect(world.slept).toHaveLength(2 * MAX_RECEIVES);
  expect(Math.min(...world.slept)).toBeGreaterThanOrEqual(1_000);
  expect(world.outside.notes.size).toBe(2);
});

test.each([
  ['a missing field', { thing: 'x' }, {}],
  ['an extra field', { thing: 'x', size: 1, more: 1 }, {}],
  ['a field of the wrong type', { thing: 'x', size: '1' }, {}],
  ['an unknown version', undefined, { detail: { id: 'x', version: 2, data: { thing: 'x', size: 1 } } }],
  ['another event', undefined, { 'detail-type': 'other.happened' }],
  ['a resolution that is none', undefined, { 'detail-type': reviewResolved.name, source: reviewResolved.owner }],
])('an event with %s is kept apart and asks no model', async (_what, data, more) => {
  const world = worldOf();
  const body = eventBody(randomUUID(), data, more);
  const messageId = world.send(body);
  expect(await world.invoke()).toEqual([messageId]);
  expect(world.quarantined).toEqual([body]);
  expect(world.outside.modelCalls).toBe(0);
});

test('an event may have the id of a review’s resolution: they are two', async () => {
  const world = worldOf(() => completion({ ...sure, confidence: 0.5 }));
  const id = randomUUID();
  world.send(eventBody(id));
  await world.invoke();
  const decisionId = decisionIdOf('tester', id);
  const store = createReviewStore(runs(), () => world.nowMs);
  await store.claim(decisionId, 'ada', 60_000);
  await store.resolve({ decisionId, reviewer: 'ada', verdict: 'approve' });
  const event = world.send(eventBody(`review.${decisionId}`));
  const resolution = world.send(resolutionBody(decisionId, 'approve'));
  expect((await world.invoke()).toSorted()).toEqual([event, resolution].toSorted());
  expect(world.outside.notes.size).toBe(2);
});

test('with too little time to wait for a model nothing is begun, and the message comes again', async () => {
  const world = worldOf();
  const id = randomUUID();
  const messageId = world.send(eventBody(id));
  expect(await world.invoke(10, undefined, 9_999)).toEqual([]);
  expect(world.outside.modelCalls).toBe(0);
  expect(await findFailure(runs(), messageId)).toMatchObject({ error: 'NotStartedError', reason: expect.stringContaining('4999 ms') });
  world.nowMs += VISIBILITY_MS + 1;
  expect(await world.invoke(10, undefined, 10_000)).toEqual([messageId]);
});

test('a body that is no JSON is kept apart', async () => {
  const world = worldOf();
  world.send('{');
  expect(await world.invoke()).toHaveLength(1);
  expect(world.quarantined).toEqual(['{']);
});

test.each([
  ['has acted', 0],
  ['has failed before its effects were done', 5],
])('an id that comes again with another body, when the first %s', async (_when, at) => {
  const world = worldOf();
  const id = randomUUID();
  world.send(eventBody(id, { thing: 'first', size: 1 }));
  let calls = 0;
  const wire: Wire = (make) => {
    calls += 1;
    return calls === at ? Promise.reject(new Error('no answer')) : make();
  };
  await world.invoke(10, wire);
  const other = world.send(eventBody(id, { thing: 'second', size: 1 }));
  world.queue.messages.filter(({ id }) => id !== other).forEach((message) => world.queue.take(message));
  expect(await world.invoke()).toEqual([]);
  expect([...world.outside.notes.values()].filter(({ thing }) => thing === 'second')).toEqual([]);
  const { error } = (await findFailure(runs(), other)) ?? {};
  expect(error).toBe(at === 0 ? 'IdempotencyValidationError' : 'EventConflictError');
});

test.each([
  ['above 1', { ...sure, confidence: 1.01 }],
  ['below 0', { ...sure, confidence: -0.1 }],
  ['missing', { reasoning: 'x', answer: 'cat' }],
  ['a text', { ...sure, confidence: 'high' }],
  ['of an answer without reasoning', { answer: 'cat', confidence: 0.9 }],
])('a confidence %s is no answer', async (_what, output) => {
  const world = worldOf(() => completion(output));
  const messageId = world.send(eventBody(randomUUID()));
  expect(await world.invoke()).toEqual([]);
  expect(await findFailure(runs(), messageId)).toMatchObject({ error: 'AgentOutputError' });
  expect(world.outside.notes.size).toBe(0);
});

test.each([
  ['shadow', 0.99, 'record'],
  ['suggest', 0.99, 'review'],
  ['act', 0.7, 'act'],
  ['act', 0.699, 'review'],
] as const)('autonomy %s with confidence %d: %s', async (autonomy, confidence, course) => {
  const world = worldOf(() => completion({ ...sure, confidence }), { autonomy, confidenceThreshold: 0.7 });
  const id = randomUUID();
  world.send(eventBody(id));
  world.send(eventBody(id));
  await world.invoke();
  await drain(world);
  const found = await createReviewStore(runs(), () => world.nowMs).get(decisionIdOf('tester', id));
  expect(world.outside.notes.size).toBe(course === 'act' ? 2 : 0);
  expect(found?.state).toBe(course === 'review' ? 'open' : undefined);
  if (course === 'review') expect(found?.effects.map(({ effect }) => effect)).toEqual(['note', 'letter', 'note']);
});

describe('a reviewed decision', () => {
  async function reviewed(verdict: 'approve' | 'amend' | 'reject', output?: unknown): Promise<AgentWorld> {
    const world = worldOf(() => completion({ ...sure, confidence: 0.5 }));
    const id = randomUUID();
    world.send(eventBody(id));
    await world.invoke();
    const decisionId = decisionIdOf('tester', id);
    const store = createReviewStore(runs(), () => world.nowMs);
    await store.claim(decisionId, 'ada', 60_000);
    await store.resolve({ decisionId, reviewer: 'ada', verdict, output });
    world.send(resolutionBody(decisionId, verdict));
    world.send(resolutionBody(decisionId, verdict));
    await world.invoke();
    await drain(world);
    return world;
  }

  test('acts once when it is approved', async () => {
    const { outside, deadLetters } = await reviewed('approve');
    expect([...outside.notes.values()].map(({ answer }) => answer)).toEqual(['cat', 'cat']);
    expect([...outside.letters.values()]).toEqual([1]);
    expect(outside.modelCalls).toBe(1);
    expect(deadLetters.messages).toEqual([]);
  });

  test('acts by what it was amended to', async () => {
    const { outside } = await reviewed('amend', { ...sure, answer: 'dog' });
    expect([...outside.notes.values()].map(({ answer }) => answer)).toEqual(['dog', 'dog']);
  });

  test('does not act by an amendment that is no output', async () => {
    const { outside, deadLetters } = await reviewed('amend', { answer: 'dog' });
    expect(outside.notes.size).toBe(0);
    expect(deadLetters.messages.length).toBeGreaterThan(0);
  });

  test('does not act when it is rejected', async () => {
    const { outside, deadLetters } = await reviewed('reject');
    expect(outside.notes.size).toBe(0);
    expect(deadLetters.messages).toEqual([]);
  });

  test('does not act by an event that says more than the case', async () => {
    const world = worldOf(() => completion({ ...sure, confidence: 0.5 }));
    const id = randomUUID();
    world.send(eventBody(id));
    await world.invoke();
    const messageId = world.send(resolutionBody(decisionIdOf('tester', id), 'approve'));
    expect(await world.invoke()).toEqual([]);
    expect(world.outside.notes.size).toBe(0);
    expect(await findFailure(runs(), messageId)).toMatchObject({ error: 'ResolutionError' });
  });
});

function resolutionBody(decisionId: string, verdict: string): string {
  return eventBody('', undefined, {
    'detail-type': reviewResolved.name,
    source: reviewResolved.owner,
    detail: { id: `review.${decisionId}`, version: 1, data: { agent: testAgent.name, decision_id: decisionId, verdict } },
  });
}
