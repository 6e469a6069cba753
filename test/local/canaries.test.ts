import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { SafetyConfig } from '../../lambdas/core/safety/safety-config';
import { everythingStored } from '../helpers/everything-stored';
import { synthWith } from '../helpers/synth-with';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

/**
 * Values that stand nowhere else are put into calls of every kind, and then looked for in everything that the emulator has stored: tables,
 * buckets, logs, metrics, and the files behind them.
 */

/** Redacted: the caller sees them again. */
const REDACTED = ['zq.canary.one@example.org', '4539 1488 0343 6467', '078-05-1121', 'Zqcanary Plover'];
/** Blocked: nobody sees them again. */
const BLOCKED = ['AKIAZQCANARYZQ234567', 'operation zqcanary'];
/** What each is searched by, whatever spaces and escapes are around it. */
const TRACES = ['canary.one', '4539 1488', '4539148803436467', '078-05-1121', 'plover', 'akiazq', 'operation zq'];
/** In records on purpose: that the search looks where it says. */
const CONTROL = 'zq-control-service';

const policies: SafetyConfig['policies'] = {
  strict: {
    input: { kinds: { aws_key: 'block' }, others: 'redact', restore: true },
    retrieved: { kinds: { aws_key: 'block' }, others: 'redact' },
    output: { kinds: { aws_key: 'block', iban: 'redact' }, others: 'allow' },
    rules: [{ name: 'operation', action: 'block', directions: ['input', 'output'], phrases: ['operation zqcanary'], patterns: [] }],
    injection: {},
  },
};

let platform: TestPlatform;
let assembly: string;
let stateFolder: string;
// Two hooks: each has its own time.
beforeAll(() => {
  assembly = synthWith({ safety: { policies, default: 'strict' } });
});
beforeAll(async () => {
  stateFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'canaries-'));
  platform = await startPlatform({ assembly, stateFolder });
});
afterAll(async () => {
  await platform.stop();
  fs.rmSync(assembly, { recursive: true });
  fs.rmSync(stateFolder, { recursive: true });
});

const personal = `My name is ${REDACTED[3]}, write to ${REDACTED[0]}, card ${REDACTED[1]}, SSN ${REDACTED[2]}.`;

function bodyOf(content: string, more: object = {}) {
  const metadata = { service: CONTROL, note: content.slice(0, 500) };
  return { model: MODEL, messages: [{ role: 'user', content }], user: content.slice(0, 500), metadata, ...more };
}

async function chat(body: unknown): Promise<{ status: number; text: string }> {
  const response = await platform.request('/v1/chat/completions', {
    body,
    headers: { 'x-blueprint-tags': `service=${CONTROL}, note=${REDACTED[0]}` },
  });
  return { status: response.status, text: await response.text() };
}

test('nothing that is redacted or blocked is stored anywhere', async () => {
  const { faults } = platform.emulator.world.endpoint;

  const plain = await chat(bodyOf(personal));
  expect(plain.status).toBe(200);
  for (const value of REDACTED) expect(plain.text).toContain(value);
  const streamed = await chat(bodyOf(personal, { stream: true }));
  expect(streamed.text).toContain('[DONE]');

  const tools = [{ type: 'function', function: { name: 'find', description: personal, parameters: { type: 'object', properties: {} } } }];
  expect((await chat(bodyOf(personal, { tools }))).status).toBe(200);
  const schema = {
    type: 'object',
    properties: { to: { type: 'string', const: REDACTED[0] } },
    required: ['to'],
    additionalProperties: false,
  };
  const checked = await chat(bodyOf(personal, { response_format: { type: 'json_schema', json_schema: { name: 's', schema } } }));
  expect([200, 400, 422]).toContain(checked.status);

  for (const value of BLOCKED) {
    const refused = await chat(bodyOf(`${personal} ${value}`));
    expect([refused.status, refused.text.includes('content_blocked')]).toEqual([400, true]);
    for (const trace of TRACES) expect(refused.text.toLowerCase()).not.toContain(trace);
  }
  expect((await chat(bodyOf(personal, { model: 'no-such-model' }))).status).toBe(404);
  expect((await chat(bodyOf(personal, { logit_bias: { 1: 1 } }))).status).toBe(400);
  const embedded = await platform.request('/v1/embeddings', { body: { model: 'titan-embed-text-v2', input: [personal], user: personal } });
  expect(embedded.status).toBe(200);

  const remove = faults.add({ service: 'bedrock', kind: 'throttled' });
  expect((await chat(bodyOf(personal))).status).toBe(429);
  remove();
  faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 2, times: 1 });
  expect((await chat(bodyOf(personal, { stream: true }))).text).toContain('model_stream_interrupted');

  expect(await platform.emulator.world.eventSources.settle()).toEqual([]);
  const stored = await everythingStored(platform, stateFolder);
  const holding = (trace: string) => [...stored].filter(([, text]) => text.toLowerCase().includes(trace)).map(([place]) => place);
  expect(holding(CONTROL).filter((place) => place.startsWith('table ')).length).toBeGreaterThan(0);
  expect(holding(CONTROL).filter((place) => place.startsWith('bucket ')).length).toBeGreaterThan(0);
  expect(holding(CONTROL).filter((place) => place.startsWith('logs')).length).toBe(1);
  expect(holding(CONTROL).filter((place) => place === 'metrics').length).toBe(1);
  for (const trace of TRACES) expect([trace, holding(trace)]).toEqual([trace, []]);
  expect(holding('[email_1]').length).toBeGreaterThan(0);
});
