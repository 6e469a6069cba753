import type { GuardrailSource } from '../../../../lambdas/core/guardrail/apply-guardrail';
import type { GuardrailVerdict } from '../../../../lambdas/core/guardrail/read-verdict';
import type { SafetyConfig } from '../../../../lambdas/core/safety/safety-config';
import type { Direction, SafetyPolicy } from '../../../../lambdas/core/safety/safety-policy';
import type { ModelEvent } from '../../../../lambdas/gateway/adapters/adapter';
import type { ChatRequest } from '../../../../lambdas/gateway/openai/request';
import { createTestGateway, errorOf, eventsOf, KEY, platform, type Script, type TestGateway } from '../support/ports';

/** Found by the guardrail, and by none of our own detectors. */
const FORBIDDEN = 'zanzibar';
const PRIVATE = 'quokka-77';
const BROKEN = 'no verdict';
const MAIL = 'kwame.mensah@example.org';

function guardrail() {
  const seen: { source: GuardrailSource; texts: readonly string[] }[] = [];
  const applyGuardrail = async (source: GuardrailSource, texts: readonly string[]): Promise<GuardrailVerdict> => {
    await Promise.resolve();
    seen.push({ source, texts });
    const said = texts.join('\n');
    if (said.includes(BROKEN)) throw new Error('The guardrail gave no verdict.');
    if (said.includes(FORBIDDEN))
      return { outcome: 'blocked', texts: [], findings: [{ name: 'topic:islands', action: 'block' }], units: 2 };
    if (!said.includes(PRIVATE)) return { outcome: 'passed', texts: [], findings: [], units: 2 };
    return {
      outcome: 'masked',
      texts: texts.map((text) => text.replaceAll(PRIVATE, '{TICKET}')),
      findings: [{ name: 'regex:ticket', action: 'redact' }],
      units: 2,
    };
  };
  return { applyGuardrail, seen };
}

function safetyOf(managed: SafetyPolicy['managed'], others: 'allow' | 'redact' = 'allow'): SafetyConfig {
  const policy: SafetyPolicy = {
    input: { kinds: {}, others, restore: others === 'redact' },
    retrieved: { kinds: {}, others: 'allow' },
    output: { kinds: {}, others: 'allow' },
    rules: [],
    injection: {},
    managed,
  };
  return { policies: { strict: policy }, default: 'strict' };
}

const ALL: Direction[] = ['input', 'retrieved', 'output'];

function modelSaying(...pieces: readonly (string | ModelEvent)[]) {
  const asked: ChatRequest[] = [];
  const script: Script = async function* ({ body }) {
    await Promise.resolve();
    asked.push(body);
    for (const piece of pieces) yield typeof piece === 'string' ? { type: 'text', text: piece } : piece;
    yield { type: 'finish', reason: 'stop' };
  };
  return { script, asked };
}

function gatewayWith(script: Script, safety: SafetyConfig, ports: Parameters<typeof createTestGateway>[1] = guardrail()): TestGateway {
  return createTestGateway(script, { platform: { ...platform, safety, auditContent: 'full' }, ...ports }, () => undefined);
}

const chatOf = (content: string, more: object = {}) => ({ model: 'small-1', messages: [{ role: 'user', content }], ...more });

/** Everything that a call has left behind. */
function leftBy({ audit, lines, measured }: TestGateway): string {
  return JSON.stringify([[...audit.intents], [...audit.settlements], lines, measured]);
}

const settlementOf = ({ audit }: TestGateway) => [...audit.settlements.values()][0];

/** The text of a stream, and its error. */
function streamed(text: string): { content: string; code: string | undefined } {
  const events = eventsOf(text) as { choices?: { delta?: { content?: string } }[]; error?: { code: string } }[];
  return {
    content: events.map(({ choices }) => choices?.[0]?.delta?.content ?? '').join(''),
    code: events.find(({ error }) => error !== undefined)?.error?.code,
  };
}

describe('what is asked', () => {
  it('is refused by the name of the policy and of the topic, and no model is asked', async () => {
    const { script, asked } = modelSaying('never');
    const gateway = gatewayWith(script, safetyOf(ALL));
    const response = await gateway.chat(chatOf(`About ${FORBIDDEN}`, { user: FORBIDDEN }), {});
    const error = await errorOf(response);
    await gateway.settled();
    expect([response.status, error.code]).toEqual([400, 'content_blocked']);
    expect(error.message).toMatch(
      /^The input was blocked by the safety policy "strict" by its guardrail, for "topic:islands" \(found once\)\./,
    );
    expect(asked).toEqual([]);
    expect(settlementOf(gateway)).toMatchObject({
      status: 'refused',
      guardrail_units: 2,
      decision_trail: [{ step: 'block', because: 'topic:islands', direction: 'input', policy: 'strict', times: 1 }],
    });
    expect(gateway.requestLine()).toMatchObject({ blocks: 1, guardrail_units: 2 });
    expect(leftBy(gateway)).not.toContain(FORBIDDEN);
  });

  it('reaches model and records masked', async () => {
    const { script, asked } = modelSaying('Fine.');
    const gateway = gatewayWith(script, safetyOf(ALL));
    const response = await gateway.chat(chatOf(`Close ${PRIVATE}`));
    await gateway.settled();
    expect(response.status).toBe(200);
    expect(asked[0]?.messages[0]?.content).toBe('Close {TICKET}');
    expect(settlementOf(gateway)).toMatchObject({ decision_trail: [{ step: 'redact', because: 'regex:ticket', direction: 'input' }] });
    expect(leftBy(gateway)).not.toContain(PRIVATE);
  });

  it('is shown to the guardrail as our own detectors leave it', async () => {
    const { applyGuardrail, seen } = guardrail();
    const { script } = modelSaying('To [EMAIL_1].');
    const gateway = gatewayWith(script, safetyOf(ALL, 'redact'), { applyGuardrail });
    const response = await gateway.chat(chatOf(`Write to ${MAIL}`));
    await gateway.settled();
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: `To ${MAIL}.` } }] });
    expect(seen).toEqual([
      { source: 'INPUT', texts: ['Write to [EMAIL_1]'] },
      { source: 'OUTPUT', texts: ['To [EMAIL_1].'] },
    ]);
  });

  it('is told apart from what tools return', async () => {
    const { applyGuardrail, seen } = guardrail();
    const gateway = gatewayWith(modelSaying('never').script, safetyOf(['retrieved']), { applyGuardrail });
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const messages = [
      { role: 'user', content: `Read it, ${PRIVATE}` },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: FORBIDDEN },
    ];
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
    const error = await errorOf(await gateway.chat({ model: 'small-1', messages, tools }));
    expect(error.message).toMatch(/^A text retrieved for the input was blocked by the safety policy "strict"/);
    expect(seen).toEqual([{ source: 'INPUT', texts: ['c1', FORBIDDEN] }]);
  });

  it.each([
    ['a guardrail that gives no verdict', guardrail()],
    ['a gateway without a guardrail', {}],
  ])('%s: refused, and nothing of it is kept', async (_what, ports) => {
    const { script, asked } = modelSaying('never');
    const gateway = gatewayWith(script, safetyOf(ALL), ports);
    const response = await gateway.chat(chatOf(`${BROKEN} ${PRIVATE}`));
    await gateway.settled();
    expect([response.status, (await errorOf(response)).code]).toEqual([500, 'internal_error']);
    expect(asked).toEqual([]);
    expect(settlementOf(gateway)).toMatchObject({ status: 'refused', error_code: 'internal_error' });
    expect(leftBy(gateway)).not.toContain(PRIVATE);
  });

  it('may be texts to embed', async () => {
    const { applyGuardrail, seen } = guardrail();
    const gateway = gatewayWith(modelSaying('never').script, safetyOf(['input']), { applyGuardrail });
    const embed = (input: string[]) =>
      gateway.request('/v1/embeddings', {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'embed-1', input }),
      });
    expect(await errorOf(await embed(['calm', `the ${FORBIDDEN}`]))).toMatchObject({ code: 'content_blocked' });
    await gateway.settled();
    expect(seen).toEqual([{ source: 'INPUT', texts: ['calm', `the ${FORBIDDEN}`] }]);
    expect(leftBy(gateway)).not.toContain(FORBIDDEN);
  });

  it('refuses logprobs, which would show the answer as the model wrote it', async () => {
    const gateway = gatewayWith(modelSaying('never').script, safetyOf(['output']));
    const response = await gateway.chat(chatOf('Hi', { logprobs: true }));
    expect(await errorOf(response)).toMatchObject({ code: 'unsupported_field', param: 'logprobs' });
  });
});

describe('what is answered', () => {
  it.each([true, false])('ends where it is blocked: nothing of that part is shown or kept (stream: %s)', async (stream) => {
    const { script } = modelSaying('On ', 'zanzi', 'bar.');
    const gateway = gatewayWith(script, safetyOf(['output']));
    const response = await gateway.chat(chatOf('Where?', { stream }));
    const text = await response.text();
    await gateway.settled();
    expect(text).toContain('"code":"content_blocked"');
    expect(text).not.toMatch(/zanzi|bar\.|On /);
    expect(settlementOf(gateway)).toMatchObject({
      status: 'error',
      error_code: 'content_blocked',
      decision_trail: [{ step: 'block', because: 'topic:islands', direction: 'output' }],
    });
    expect(leftBy(gateway)).not.toMatch(/zanzi/);
  });

  it.each([true, false])('is masked before anybody sees it (stream: %s)', async (stream) => {
    const { script } = modelSaying('Ticket quo', 'kka-77 is closed.');
    const gateway = gatewayWith(script, safetyOf(['output']));
    const response = await gateway.chat(chatOf('State?', { stream }));
    const text = await response.text();
    await gateway.settled();
    const shown = stream
      ? streamed(text).content
      : (JSON.parse(text) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
    expect(shown).toBe('Ticket {TICKET} is closed.');
    expect(settlementOf(gateway)).toMatchObject({
      status: 'ok',
      decision_trail: [{ step: 'redact', because: 'regex:ticket', direction: 'output' }],
    });
    expect(leftBy(gateway)).not.toMatch(/quokka/);
  });

  it('comes in windows, each with the end of the one before, and whole', async () => {
    const words = Array.from({ length: 400 }, (_value, index) => `word${index} `);
    const { applyGuardrail, seen } = guardrail();
    const gateway = gatewayWith(modelSaying(...words).script, safetyOf(['output']), { applyGuardrail });
    const { content } = streamed(await (await gateway.chat(chatOf('Count', { stream: true }))).text());
    expect(content).toBe(words.join(''));
    expect(seen.length).toBeGreaterThan(3);
    for (const [index, { texts }] of seen.entries()) {
      expect(texts[0]?.length).toBeLessThanOrEqual(1_000);
      const before = seen[index - 1]?.texts[0];
      if (before !== undefined) expect(before.slice(-200)).toContain(texts[0]?.slice(0, 190));
    }
  });

  it('shows what was looked at before the part that is blocked, and no more', async () => {
    const start = 'calm sea '.repeat(120);
    const { script } = modelSaying(start, `then ${FORBIDDEN} `, 'and more');
    const gateway = gatewayWith(script, safetyOf(['output']));
    const { content, code } = streamed(await (await gateway.chat(chatOf('Go', { stream: true }))).text());
    await gateway.settled();
    expect(code).toBe('content_blocked');
    expect(content.length).toBeGreaterThan(500);
    expect(start.startsWith(content)).toBe(true);
  });

  it('is blocked where something to mask lies in two windows', async () => {
    const { script } = modelSaying(`${'calm sea '.repeat(80)}the end `, 'of it '.repeat(200));
    const applyGuardrail = async (_source: GuardrailSource, texts: readonly string[]): Promise<GuardrailVerdict> => {
      await Promise.resolve();
      const masked = texts.map((text) => text.replace('the end of it of', '{PHRASE}').replace(/sea (?=calm.*of it)/, '{SEA} '));
      const isMasked = masked.join('') !== texts.join('');
      return {
        outcome: isMasked ? 'masked' : 'passed',
        texts: masked,
        findings: isMasked ? [{ name: 'pii:name', action: 'redact' }] : [],
        units: 1,
      };
    };
    const gateway = gatewayWith(script, safetyOf(['output']), { applyGuardrail });
    const { code } = streamed(await (await gateway.chat(chatOf('Go', { stream: true }))).text());
    await gateway.settled();
    expect(code).toBe('content_blocked');
    expect(settlementOf(gateway)?.decision_trail).toEqual(
      expect.arrayContaining([expect.objectContaining({ step: 'block', because: 'other' })]),
    );
  });

  it('has its tools’ arguments looked at when they are whole', async () => {
    const { script } = modelSaying(
      { type: 'tool_call', index: 0, id: 'c1', name: 'close' },
      { type: 'tool_arguments', index: 0, text: '{"ticket":"quo' },
      { type: 'tool_arguments', index: 0, text: 'kka-77"}' },
    );
    const gateway = gatewayWith(script, safetyOf(['output']));
    const tools = [{ type: 'function', function: { name: 'close', parameters: { type: 'object' } } }];
    const response = await gateway.chat(chatOf('Close it', { tools }));
    const { choices } = (await response.json()) as { choices: [{ message: { tool_calls: [{ function: { arguments: string } }] } }] };
    expect(choices[0].message.tool_calls[0].function.arguments).toBe('{"ticket":"{TICKET}"}');
  });

  it('is looked at before it is held to its schema', async () => {
    const schema = { type: 'object', properties: { ticket: { type: 'string' } }, required: ['ticket'], additionalProperties: false };
    const response_format = { type: 'json_schema', json_schema: { name: 'ticket', schema, strict: true } };
    const gateway = gatewayWith(modelSaying('{"ticket":"', `${PRIVATE}"}`).script, safetyOf(['output']));
    const response = await gateway.chat(chatOf('Which?', { response_format }));
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: '{"ticket":"{TICKET}"}' } }] });
    await gateway.settled();
    expect(leftBy(gateway)).not.toContain(PRIVATE);
  });

  it.each([true, false])('is an error where there is no verdict (stream: %s)', async (stream) => {
    const gateway = gatewayWith(modelSaying(`Hello, ${BROKEN}`).script, safetyOf(['output']));
    const text = await (await gateway.chat(chatOf('Hi', { stream }))).text();
    await gateway.settled();
    expect(text).toContain('"code":"internal_error"');
    expect(text).not.toMatch(/Hello|\[DONE\]/);
    expect(settlementOf(gateway)).toMatchObject({ status: 'error', error_code: 'internal_error' });
  });
});
