import { readAssembly, type AssemblyStack } from '../../local/assembly';
import { askPrompt, pairOf, releasePromptWithSimilarAnswers } from '../helpers/ask-in-other-words';
import { forgottenContent } from '../helpers/forgotten-content';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { TEST_ASSEMBLY } from '../helpers/test-assembly';

/** For each statement of the gateway's role: without it, what needs it fails, and the log says what is missing. */

interface Statement {
  readonly Action: string | readonly string[];
}

interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

const GATEWAY_POLICY = /^GatewayFunctionRoleDefaultPolicy/;

function gatewayStatements(stacks: readonly AssemblyStack[]): readonly Statement[] {
  return stacks
    .flatMap(({ template }) => Object.entries(template.Resources))
    .filter(([id]) => GATEWAY_POLICY.test(id))
    .flatMap(([, resource]) => (resource.Properties as unknown as PolicyProperties).PolicyDocument.Statement);
}

function without(index: number): (stacks: AssemblyStack[]) => AssemblyStack[] {
  return (stacks) => {
    const changed = structuredClone(stacks);
    for (const { template } of changed) {
      for (const [id, resource] of Object.entries(template.Resources)) {
        if (!GATEWAY_POLICY.test(id)) continue;
        (resource.Properties as unknown as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement.splice(index, 1);
      }
    }
    return changed;
  };
}

const actionsOf = ({ Action }: Statement): readonly string[] => (typeof Action === 'string' ? [Action] : Action);

/** What Lambda itself does with the role: in AWS a call goes on without it, and its telemetry is lost. */
const isTelemetry = (statement: Statement): boolean => actionsOf(statement).every((action) => /^(logs|xray):/.test(action));

/** The cache: without it every answer is a model's. */
const isCache = (statement: Statement): boolean =>
  ['dynamodb:DeleteItem,dynamodb:GetItem,dynamodb:PutItem', 'aoss:APIAccessAll'].includes(actionsOf(statement).join());

const isOptional = (statement: Statement): boolean => isTelemetry(statement) || isCache(statement);

/** One call of each kind that the gateway answers: what is missing shows in at least one of them. */
async function callEverything(platform: TestPlatform): Promise<{ status: number; text: string }[]> {
  const messages = [{ role: 'user', content: 'Hello' }];
  const answers = [];
  for (const model of [MODEL, 'mistral-large-3']) {
    for (const stream of [false, true]) {
      answers.push(await platform.request('/v1/chat/completions', { body: { model, messages, stream } }));
    }
  }
  const cached = { 'x-blueprint-cache-control': 'ttl=60' };
  answers.push(await platform.request('/v1/chat/completions', { body: { model: MODEL, messages }, headers: cached }));
  await releasePromptWithSimilarAnswers(platform);
  answers.push(await askPrompt(platform, pairOf(1).kept));
  answers.push(await platform.request('/v1/embeddings', { body: { model: 'titan-embed-text-v2', input: 'Hello' } }));
  await platform.limitTenant('limited', { requestsPerMinute: 100 });
  const key = await platform.createKey('limited');
  answers.push(await platform.request('/v1/chat/completions', { body: { model: MODEL, messages }, key }));
  const large = { model: MODEL, messages: [{ role: 'user', content: 'word '.repeat(8_000) }] };
  const kept = await platform.request('/v1/chat/completions', { body: large });
  answers.push(kept);
  if (kept.status === 200) {
    const forgotten = await forgottenContent(platform, kept.headers.get('x-blueprint-trace-id') ?? '');
    answers.push(await platform.request(`/v1/calls/${forgotten}`, { method: 'GET' }));
  }
  const id = answers[0]?.headers.get('x-blueprint-trace-id') ?? '';
  answers.push(await platform.request(`/v1/calls/${id}`, { method: 'GET' }));
  return Promise.all(answers.map(async (answer) => ({ status: answer.status, text: await answer.text() })));
}

const statements = gatewayStatements(readAssembly(TEST_ASSEMBLY));

test('the role has statements, and more than telemetry', () => {
  expect(statements.filter((statement) => !isTelemetry(statement)).length).toBeGreaterThanOrEqual(4);
});

test('with all of them, nothing is denied', async () => {
  const platform = await startPlatform();
  const answers = await callEverything(platform);
  await platform.stop();
  expect(answers.map(({ status }) => status)).toEqual(Array(11).fill(200));
  expect(platform.events.filter(({ kind }) => kind === 'denied')).toEqual([]);
});

describe.each(statements.map((statement, index) => ({ actions: actionsOf(statement).join(', '), statement, index })))(
  'without $actions (statement $index)',
  ({ statement, index }) => {
    test(
      isOptional(statement)
        ? 'calls go on, and the loss is told'
        : 'the call fails, the log names what is missing, the client learns nothing',
      async () => {
        const platform = await startPlatform({ transform: without(index) });
        try {
          const answers = await callEverything(platform);
          const denied = platform.events.filter((event) => event.kind === 'denied');
          expect(denied.length).toBeGreaterThan(0);
          for (const denial of denied) {
            expect(denial.principal).toContain('GatewayFunction');
            expect(actionsOf(statement)).toContain(denial.action);
            expect(denial.resource.length).toBeGreaterThan(0);
          }
          if (isOptional(statement)) {
            expect(answers.every(({ status }) => status === 200)).toBe(true);
            return;
          }
          const failed = answers.filter(({ status }) => status === 500);
          expect(failed.length).toBeGreaterThan(0);
          for (const { text } of failed) {
            expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal_error' } });
            expect(text).not.toMatch(/arn:|dynamodb|kms|bedrock|not authorized/i);
          }
          // What the function itself logged, where the people who run it look.
          const [first] = denied;
          await until(() => {
            const text = JSON.stringify(platform.logs());
            return text.includes(first?.action ?? '?') && text.includes(first?.resource ?? '?');
          }, 'the function logged the missing action and resource');
        } finally {
          await platform.stop();
        }
      },
    );
  },
);
