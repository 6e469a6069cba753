import type { GatewayFetch } from '../../../../bin/evals/ask-prompt';
import { compare, mcNemarExact } from '../../../../bin/evals/compare';
import { asText, isBelow } from '../../../../bin/evals/report';
import { runSuite } from '../../../../bin/evals/run-suite';
import type { EvalSuite } from '../../../../bin/evals/suite';
import { promptContent } from '../../../../lambdas/core/prompts/prompt-content';

/** A suite against gateways that answer as a test says. */

const content = promptContent.parse({
  messages: [{ role: 'user', template: '{{n}}' }],
  variables: { n: { type: 'number' } },
  output: { schema: { type: 'object', properties: { even: { type: 'boolean' } }, required: ['even'] } },
});
const { output: _output, ...withoutSchema } = content;
const prompt = {
  id: 'parity',
  owner: 'tests',
  description: undefined,
  versions: [
    { version: 1, content },
    { version: 3, content: withoutSchema },
  ],
};
const suite: EvalSuite = {
  name: 'parity',
  revision: 4,
  floor: 0.75,
  cases: [1, 2, 3, 4].map((n) => ({ id: `n-${n}`, variables: { n }, expect: { even: n % 2 === 0 } })),
};

interface Asked {
  readonly path: string;
  readonly headers: Headers;
  readonly body: { readonly variables: { readonly n: number }; readonly version?: number; readonly metadata: object };
}

function gatewayOf(answer: (n: number) => unknown, { version = 1, costUsd = '0.000010' } = {}) {
  const asked: Asked[] = [];
  const gateway: GatewayFetch = async (path, init) => {
    const body = JSON.parse(init.body) as Asked['body'];
    asked.push({ path, headers: new Headers(init.headers), body });
    const answered = answer(body.variables.n);
    const headers = { 'x-blueprint-trace-id': `call-${body.variables.n}`, 'x-blueprint-cost-usd': costUsd };
    if (answered instanceof Response) return answered;
    return Response.json(
      { choices: [{ message: { content: JSON.stringify(answered) } }] },
      { headers: { ...headers, 'x-blueprint-prompt-version': `parity@${version}`, 'x-blueprint-model': 'small' } },
    );
  };
  return { gateway, asked };
}
const refusal = (status: number, code: string) => Response.json({ error: { code, message: 'It is so.' } }, { status });

test('all pass: each case is a call of its own, never one from a cache, and its cost is counted', async () => {
  const { gateway, asked } = gatewayOf((n) => ({ even: n % 2 === 0 }));
  const result = await runSuite(gateway, prompt, suite, { version: 1 });
  expect(result).toMatchObject({ passed: 4, rate: 1, floor: 0.75, costMicroUsd: 40, versions: [1], models: ['small'], revision: 4 });
  expect(isBelow(result)).toBe(false);
  expect(asked.map(({ body }) => body.variables.n)).toEqual([1, 2, 3, 4]);
  for (const { path, headers, body } of asked) {
    expect([path, headers.get('x-blueprint-cache-control')]).toEqual(['/prompts/parity/completions', 'no-cache,no-store']);
    expect(body).toMatchObject({ version: 1, metadata: { service: 'evals', feature: 'parity' } });
  }
});

test.each([
  [3, 0.75, false],
  [2, 0.5, true],
])('%d of 4 is %d, below a floor of 0.75: %s', async (right, rate, below) => {
  const { gateway } = gatewayOf((n) => ({ even: n <= right ? n % 2 === 0 : n % 2 === 1 }));
  const result = await runSuite(gateway, prompt, suite, { label: 'production' });
  expect([result.rate, isBelow(result)]).toEqual([rate, below]);
});

test('what was not answered has not passed, and is told apart from what was wrong', async () => {
  const { gateway } = gatewayOf((n) => (n === 4 ? refusal(503, 'no_model_available') : { even: n % 2 === 0 }));
  const result = await runSuite(gateway, prompt, suite, { version: 1 });
  expect(result.cases[3]).toMatchObject({ outcome: 'unanswered', problems: ['no_model_available: It is so.'] });
  // At its floor, and still nobody can say that it is met.
  expect([result.rate, result.unanswered, isBelow(result)]).toEqual([0.75, 1, true]);
  expect(asText([{ result }])).toContain('n-4 unanswered: no_model_available: It is so.');
});

test.each([401, 403, 404])('a status of %d ends the run: no case would be answered', async (status) => {
  const { gateway } = gatewayOf(() => refusal(status, 'refused'));
  await expect(runSuite(gateway, prompt, suite, { version: 1 })).rejects.toThrow(/Prompt parity cannot be asked: refused: It is so\. /);
});

test.each([
  [2, /version 2 of prompt parity, which its folder does not have/],
  [3, /Version 3 of prompt parity has no output schema/],
])('an answer by version %d cannot be judged', async (version, message) => {
  const { gateway } = gatewayOf(() => ({ even: true }), { version });
  await expect(runSuite(gateway, prompt, suite, { label: 'production' })).rejects.toThrow(message);
});

test('two versions are compared case by case', async () => {
  const right = gatewayOf((n) => ({ even: n % 2 === 0 }));
  const always = gatewayOf(() => ({ even: true }));
  const result = await runSuite(right.gateway, prompt, suite, { version: 1 });
  const before = await runSuite(always.gateway, prompt, suite, { version: 1 });
  expect(compare(result, before)).toEqual({ gained: ['n-1', 'n-3'], lost: [], pValue: 0.5 });
  expect(compare(before, result)).toMatchObject({ gained: [], lost: ['n-1', 'n-3'] });
});

test.each([
  [0, 0, 1],
  [6, 16, 0.0524788],
  [16, 6, 0.0524788],
  [5, 5, 1],
  [1, 0, 1],
  [1000, 1000, 1],
])('McNemar, exact: %d against %d is p = %d', (gained, lost, pValue) => {
  expect(mcNemarExact(gained, lost)).toBeCloseTo(pValue, 6);
});
