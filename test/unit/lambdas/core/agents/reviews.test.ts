import { randomUUID } from 'node:crypto';
import { type DecisionRecord, decisionIdOf } from '../../../../../lambdas/core/agents/decision';
import { createDecisionStore } from '../../../../../lambdas/core/agents/decision-store';
import { outputSchemaOf } from '../../../../../lambdas/core/agents/agent';
import { createReviewCases, createReviewStore } from '../../../../../lambdas/core/agents/review-store';
import { tellAgent } from '../../../../../lambdas/core/agents/tell-agents';
import { LabelError, labelDecision, trainingExamples } from '../../../../../lambdas/core/agents/training-store';
import { createReviewApp } from '../../../../../lambdas/reviews/app';
import { Harness } from '../../../local/services/dynamodb/harness';
import { runsTable } from './support/runs-table';
import { testAgent } from './support/test-agent';

/** Reviews through their API, on the real store; and what is learnt from them. */

const HOUR_MS = 3_600_000;
const CLAIM_MS = 30 * 60_000;
const OUTPUT = { reasoning: 'It says so.', answer: 'cat', confidence: 0.5 };

let dynamodb: Harness;
let nowMs = Date.UTC(2026, 5, 1, 12);
const told: string[] = [];
const now = (): number => nowMs;

beforeAll(async () => {
  dynamodb = await Harness.start({ tables: [runsTable] });
});
afterAll(() => dynamodb.stop());

const runs = () => ({ client: dynamodb.client, table: runsTable.name, retentionDays: 365 });
const store = () => createReviewStore(runs(), now);

async function openCase(agent = 'tester'): Promise<string> {
  const eventId = randomUUID();
  const decision: DecisionRecord = {
    id: decisionIdOf(agent, eventId),
    agent,
    eventId,
    eventName: 'thing.happened',
    eventVersion: 1,
    eventTimeMs: nowMs,
    inputHash: 'h',
    input: { thing: 'pet', size: 1 },
    prediction: OUTPUT,
    confidence: 0.5,
    promptId: 'agents/tester',
    promptVersion: 3,
    model: 'nova-micro',
    callId: 'c'.repeat(32),
    autonomy: 'act',
    confidenceThreshold: 0.7,
    course: 'review',
    decidedAtMs: nowMs,
  };
  await createDecisionStore(runs(), now).keep(decision);
  await createReviewCases(runs(), HOUR_MS, now).open(decision, [{ effect: 'note', input: { thing: 'pet' } }], outputSchemaOf(testAgent));
  return decision.id;
}

async function call(method: string, path: string, { as = 'Reviewer/ada', body }: { as?: string | null; body?: unknown } = {}) {
  const app = createReviewApp({
    store: store(),
    claimMs: CLAIM_MS,
    authenticate: () => Promise.reject(new Error('Nobody has a key here.')),
    log: { info: () => undefined, error: () => undefined },
    tell: async ({ decisionId, verdict }) => void told.push(`${decisionId}:${verdict}`),
  });
  const init = { method, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) };
  const iam = as === null ? {} : { iam: { userArn: `arn:aws:sts::111122223333:assumed-role/${as}` } };
  const response = await app.request(`/iam/v1/reviews${path}`, init, { ...iam, requestId: 'r-1' });
  const answer = (await response.json()) as Record<string, unknown> & { error?: { code: string; message: string } };
  return { status: response.status, answer, code: answer.error?.code };
}

const resolution = (id: string, body: unknown, as?: string) => call('POST', `/${id}/resolution`, { body, ...(as !== undefined && { as }) });

test('a case is listed, claimed and approved, and its agent is told', async () => {
  const id = await openCase();
  const { answer: listed } = await call('GET', '?agent=tester');
  expect(listed.data).toContainEqual(expect.objectContaining({ id, state: 'open', confidence: 0.5 }));
  expect(await call('POST', `/${id}/claim`)).toMatchObject({ status: 200, answer: { claimed_by: 'Reviewer/ada' } });
  const { status, answer } = await resolution(id, { verdict: 'approve', note: 'Yes.' });
  expect([status, answer]).toMatchObject([200, { state: 'resolved', verdict: 'approve', resolved_by: 'Reviewer/ada', note: 'Yes.' }]);
  expect(told).toContain(`${id}:approve`);
  expect((await call('GET', '')).answer.data).not.toContainEqual(expect.objectContaining({ id }));
});

test('a case is resolved once', async () => {
  const id = await openCase();
  await call('POST', `/${id}/claim`);
  const both = await Promise.all([resolution(id, { verdict: 'approve' }), resolution(id, { verdict: 'reject' })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  const again = await resolution(id, { verdict: 'reject' });
  expect(again).toMatchObject({ status: 409, code: 'review_resolved' });
  expect(again.answer.error?.message).toContain('was resolved by Reviewer/ada');
});

test('only who holds a case resolves it; when the claim is over, somebody else may', async () => {
  const id = await openCase();
  expect(await resolution(id, { verdict: 'approve' })).toMatchObject({ status: 409, code: 'review_not_claimed' });
  await call('POST', `/${id}/claim`);
  expect(await call('POST', `/${id}/claim`, { as: 'Reviewer/bob' })).toMatchObject({ status: 409, code: 'review_claimed' });
  expect(await resolution(id, { verdict: 'approve' }, 'Reviewer/bob')).toMatchObject({ status: 409, code: 'review_claimed' });
  nowMs += CLAIM_MS;
  expect(await resolution(id, { verdict: 'approve' })).toMatchObject({ status: 409, code: 'review_not_claimed' });
  expect(await call('POST', `/${id}/claim`, { as: 'Reviewer/bob' })).toMatchObject({ status: 200 });
  expect(await call('POST', `/${id}/release`, { as: 'Reviewer/bob' })).toMatchObject({
    status: 200,
    answer: { state: 'open', claimed_by: null },
  });
});

test('a case that nobody resolves in time is denied, and its agent told by the sweeper', async () => {
  const id = await openCase();
  await call('POST', `/${id}/claim`);
  nowMs += HOUR_MS;
  expect(await resolution(id, { verdict: 'approve' })).toMatchObject({ status: 409, code: 'review_expired' });
  expect((await store().expireAll()).map(({ decisionId, verdict }) => [decisionId, verdict])).toContainEqual([id, 'expire']);
  expect(await store().expireAll()).toEqual([]);
  const published: unknown[] = [];
  const publisher = { publish: async (...given: unknown[]) => (published.push(given), 'id'), publishAll: async () => [] };
  for (const item of await store().listUntold()) await tellAgent(item, store(), publisher);
  expect(published).toContainEqual([
    expect.objectContaining({ name: 'review.resolved' }),
    { agent: 'tester', decision_id: id, verdict: 'expire' },
    { id: `review.${id}` },
  ]);
  expect(await store().listUntold()).toEqual([]);
  expect(await call('POST', `/${id}/claim`)).toMatchObject({ status: 409, code: 'review_expired' });
});

test.each([
  ['no JSON', '{'],
  ['an unknown verdict', { verdict: 'expire' }],
  ['an extra field', { verdict: 'approve', force: true }],
  ['an amendment without an output', { verdict: 'amend' }],
  ['an amendment that breaks the agent’s schema', { verdict: 'amend', output: { ...OUTPUT, confidence: 2 } }],
])('a resolution with %s is refused and leaves the case as it is', async (_what, body) => {
  const id = await openCase();
  await call('POST', `/${id}/claim`);
  expect(await resolution(id, body)).toMatchObject({ status: 400, code: body === '{' ? 'invalid_json' : 'invalid_request' });
  expect(await store().get(id)).toMatchObject({ state: 'claimed' });
});

test.each([
  ['without an identity', null],
  ['by what is no session of a role', 'user'],
])('a call %s is refused', async (_who, as) => {
  const id = await openCase();
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `/${id}`],
    ['POST', `/${id}/claim`],
    ['POST', `/${id}/resolution`],
  ] as const) {
    expect(await call(method, path, { as })).toMatchObject({ status: 403, code: 'access_denied' });
  }
});

test.each([
  ['GET', '/nobody', 404, 'review_not_found'],
  ['POST', '/nobody/claim', 404, 'review_not_found'],
  ['GET', '?limit=0', 400, 'invalid_request'],
  ['GET', '?agent=No%20Name', 400, 'invalid_request'],
  ['DELETE', '/nobody', 404, 'route_not_found'],
])('%s %s: %d %s', async (method, path, status, code) => {
  expect(await call(method, path)).toMatchObject({ status, code });
});

describe('the training store', () => {
  const exported = async (agent: string) => {
    const examples = [];
    const day = new Date(nowMs).toISOString().slice(0, 10);
    for await (const example of trainingExamples(runs(), agent, { from: day, to: day })) examples.push(example);
    return examples;
  };

  test('joins labels of reviews and outcomes to their predictions, with lineage', async () => {
    const agent = 'learner';
    const ids = [await openCase(agent), await openCase(agent), await openCase(agent), await openCase(agent)];
    const [unlabelled = '', approved = '', amended = '', outcome = ''] = ids;
    for (const id of [approved, amended, outcome]) await call('POST', `/${id}/claim`);
    await resolution(approved, { verdict: 'approve' });
    await resolution(amended, { verdict: 'amend', output: { ...OUTPUT, answer: 'dog' } });
    await resolution(outcome, { verdict: 'reject' });
    await labelDecision(runs(), outcome, { source: 'outcome', value: 'bird', atMs: nowMs });
    const byId = new Map((await exported(agent)).map((example) => [example.decision_id, example]));
    expect([...byId.keys()].toSorted()).toEqual(ids.toSorted());
    expect(ids.map((id) => [byId.get(id)?.label, byId.get(id)?.label_source])).toEqual([
      [null, null],
      [OUTPUT, 'review'],
      [{ ...OUTPUT, answer: 'dog' }, 'review'],
      ['bird', 'outcome'],
    ]);
    expect(
      byId
        .get(outcome)
        ?.labels.map(({ source }) => source)
        .toSorted(),
    ).toEqual(['outcome', 'review']);
    expect(byId.get(unlabelled)).toMatchObject({
      input: { thing: 'pet', size: 1 },
      prediction: OUTPUT,
      confidence: 0.5,
      lineage: {
        event: { name: 'thing.happened', version: 1 },
        prompt: { id: 'agents/tester', version: 3 },
        model: 'nova-micro',
        call_id: 'c'.repeat(32),
      },
    });
  });

  test('takes no label for what nobody has decided, or from nobody', async () => {
    const id = await openCase();
    await expect(labelDecision(runs(), 'nobody', { source: 'outcome', value: 1, atMs: nowMs })).rejects.toThrow(LabelError);
    await expect(labelDecision(runs(), id, { source: 'review', value: 1, atMs: nowMs })).rejects.toThrow(LabelError);
    await expect(labelDecision(runs(), id, { source: 'A b', value: 1, atMs: nowMs })).rejects.toThrow(LabelError);
  });

  test.each([
    ['2026-02-30', '2026-03-01'],
    ['yesterday', '2026-03-01'],
    ['2026-03-02', '2026-03-01'],
  ])('from %s to %s is no span of days', async (from, to) => {
    await expect(trainingExamples(runs(), 'tester', { from, to }).next()).rejects.toThrow(LabelError);
  });
});
