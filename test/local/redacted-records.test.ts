import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { SafetyConfig } from '../../lambdas/core/safety/safety-config';
import { everythingStored } from '../helpers/everything-stored';
import { synthWith } from '../helpers/synth-with';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/**
 * Where the audit trail keeps contents `redacted`: values that stand nowhere else are put into calls, which models see and callers are answered as they are,
 * and then looked for in everything that the emulator has stored.
 */

const MAIL = 'zq.canary.one@example.org';
const CARD = '4539 1488 0343 6467';
const SSN = '078-05-1121';
const KEY = 'AKIAZQCANARYZQ234567';
/** What they are searched by, whatever spaces and escapes are around it. */
const TRACES = ['canary.one', 'u002ecanary', '4539 1488', '4539148803436467', '078-05-1121', 'akiazq'];
/** In records on purpose: that the search looks where it says. */
const CONTROL = 'zq-control';

const personal = `Write to ${MAIL}, card ${CARD}, SSN ${SSN}, key ${KEY}. ${CONTROL}`;

const allowing: SafetyConfig = {
  policies: {
    open: {
      input: { kinds: {}, others: 'allow', restore: false },
      retrieved: { kinds: {}, others: 'allow' },
      output: { kinds: {}, others: 'allow' },
      rules: [],
      injection: {},
    },
    // Of what it redacts itself the caller sees the values again.
    mails: {
      input: { kinds: { email: 'redact' }, others: 'allow', restore: true },
      retrieved: { kinds: {}, others: 'allow' },
      output: { kinds: {}, others: 'allow' },
      rules: [],
      injection: {},
    },
  },
  default: 'open',
  tenants: { mails: 'mails' },
};

interface Kept {
  readonly intent: { readonly input?: object; readonly user?: string };
  readonly settlement: { readonly output?: { readonly content: string } } | null;
}

describe.each([
  ['a policy that allows everything', allowing],
  ['no policy', undefined],
])('under %s', (_name, safety) => {
  let platform: TestPlatform;
  let assembly: string;
  let stateFolder: string;
  // Two hooks: each has its own time.
  beforeAll(() => {
    assembly = synthWith({ safety, auditContent: 'redacted' });
  });
  beforeAll(async () => {
    stateFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'redacted-'));
    platform = await startPlatform({ assembly, stateFolder });
  });
  afterAll(async () => {
    await platform.stop();
    fs.rmSync(assembly, { recursive: true });
    fs.rmSync(stateFolder, { recursive: true });
  });

  async function ask(content: string, more: object = {}, key = platform.key): Promise<{ readonly id: string; readonly text: string }> {
    const body = {
      model: MODEL,
      messages: [{ role: 'user', content }],
      user: content.slice(0, 200),
      metadata: { note: content.slice(0, 200) },
      ...more,
    };
    const headers = { 'x-blueprint-tags': `service=${CONTROL}, note=${MAIL}`, 'x-blueprint-cache-control': 'ttl=60' };
    const response = await platform.request('/v1/chat/completions', { key, body, headers });
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.anything()]);
    return { id: response.headers.get('x-blueprint-trace-id') ?? '', text };
  }

  async function kept(id: string, key = platform.key): Promise<Kept> {
    let record: Kept | undefined;
    await until(async () => {
      record = (await (await platform.request(`/v1/calls/${id}`, { method: 'GET', key })).json()) as Kept;
      return record.settlement !== null;
    }, 'the call was settled');
    return record as Kept;
  }

  test('models and callers see what was said, and nothing that was stored has it', async () => {
    const plain = await ask(personal);
    // The model has seen it: it says it again.
    for (const value of [MAIL, CARD, SSN, KEY]) expect(plain.text).toContain(value);
    const { intent, settlement } = await kept(plain.id);
    const stored = 'Write to [EMAIL_1], card [CARD_1], SSN [US_SSN_1], key [AWS_KEY_1]';
    expect(JSON.stringify(intent.input)).toContain(stored);
    expect(intent.user).toContain('[EMAIL_1]');
    // The same value has the same placeholder in what was answered.
    expect(settlement?.output?.content).toContain(stored);

    await ask(personal, { stream: true });
    // Too large for the table.
    await ask(`${'word '.repeat(8_000)} ${personal}`);
    const escaped = JSON.stringify({ to: MAIL, card: Number(CARD.replaceAll(' ', '')) }).replace('.canary.', '\\u002ecanary\\u002e');
    await ask(escaped);
    const tool = { id: 'call_1', type: 'function', function: { name: 'find', arguments: escaped } };
    const messages = [
      { role: 'system', content: personal },
      { role: 'user', content: [{ type: 'text', text: personal }] },
      { role: 'assistant', content: null, tool_calls: [tool] },
      // The model quotes it in a sentence.
      { role: 'tool', tool_call_id: 'call_1', content: escaped },
    ];
    const parameters = { type: 'object', properties: { to: { type: 'string', description: personal } } };
    await ask(personal, { messages, tools: [{ type: 'function', function: { name: 'find', parameters } }] });
    const schema = { type: 'object', properties: { to: { const: MAIL } }, required: ['to'], additionalProperties: false };
    const response_format = { type: 'json_schema', json_schema: { name: 's', schema } };
    const checked = await platform.request('/v1/chat/completions', {
      body: { model: MODEL, messages: messages.slice(0, 2), response_format },
    });
    expect([200, 400, 422]).toContain(checked.status);
    const embedding = { model: 'titan-embed-text-v2', input: [personal], user: personal };
    expect((await platform.request('/v1/embeddings', { body: embedding })).status).toBe(200);
    platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 2, times: 1 });
    const cut = await platform.request('/v1/chat/completions', { body: { model: MODEL, stream: true, messages: messages.slice(1, 2) } });
    expect(await cut.text()).toContain('model_stream_interrupted');
    // What nothing is found in is kept, and found again.
    const clean = await ask('Hello there');
    await until(
      async () => (await platform.request('/v1/chat/completions', again())).headers.get('x-blueprint-cache') === 'exact',
      'it was kept',
    );
    expect((await kept(clean.id)).intent.input).toMatchObject({ messages: [{ content: 'Hello there' }] });

    await platform.emulator.world.background.settle();
    expect(await platform.emulator.world.eventSources.settle()).toEqual([]);
    const everything = await everythingStored(platform, stateFolder);
    const holding = (trace: string) => [...everything].filter(([, text]) => text.toLowerCase().includes(trace)).map(([place]) => place);
    expect(holding(CONTROL).filter((place) => place.startsWith('table ')).length).toBeGreaterThan(0);
    expect(holding(`[email_1]`).filter((place) => place.startsWith('bucket ')).length).toBeGreaterThan(1);
    for (const trace of TRACES) expect([trace, holding(trace)]).toEqual([trace, []]);

    function again() {
      const body = {
        model: MODEL,
        messages: [{ role: 'user', content: 'Hello there' }],
        user: 'Hello there',
        metadata: { note: 'Hello there' },
      };
      return { body, headers: { 'x-blueprint-cache-control': 'ttl=60' } };
    }
  });

  test('what the policy replaces has one placeholder in all of the call', async () => {
    const key = await platform.createKey('mails');
    const { id, text } = await ask(`Write to ${MAIL}, card ${CARD}`, {}, key);
    expect([text.includes(MAIL), text.includes(CARD)]).toEqual([true, true]);
    const { intent, settlement } = await kept(id, key);
    expect(JSON.stringify(intent.input)).toContain('Write to [EMAIL_1], card [CARD_1]');
    expect(settlement?.output?.content).toContain('Write to [EMAIL_1], card [CARD_1]');
  });
});
