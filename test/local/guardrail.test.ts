import * as fs from 'node:fs';
import { ApplyGuardrailCommand, BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { EnvironmentConfig } from '../../config/schema';
import type { SafetyPolicy } from '../../lambdas/core/safety/safety-policy';
import type { AssemblyStack } from '../../local/assembly';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';
import { synthWith } from '../helpers/synth-with';

/** The environment's guardrail of Bedrock, from its template: in the gateway's policy, over HTTP. */

const WORD = 'Project Zanzibar';
const TICKET = 'QUOKKA-4711';
const ARN = /:guardrail\/[a-z0-9]+$/;

const guardrail: EnvironmentConfig['guardrail'] = {
  words: { phrases: [WORD] },
  deniedTopics: [{ name: 'investment-advice', definition: 'Which shares to buy.', examples: ['Which shares should I buy?'] }],
  sensitive: { entities: { mac_address: 'redact' }, patterns: [{ name: 'ticket', pattern: 'QUOKKA-\\d+', action: 'redact' }] },
};

function policyWith(managed: SafetyPolicy['managed']): SafetyPolicy {
  const allow = { kinds: {}, others: 'allow' as const };
  return { input: { ...allow, restore: false }, retrieved: allow, output: allow, rules: [], injection: {}, managed };
}

let assembly: string;
let platform: TestPlatform;
/** Of a tenant of which only answers are looked at. */
let outputKey: string;

beforeAll(async () => {
  const policies = { all: policyWith(['input', 'retrieved', 'output']), answers: policyWith(['output']) };
  assembly = synthWith({ guardrail, safety: { policies, default: 'all', tenants: { listener: 'answers' } } });
  platform = await startPlatform({ assembly });
  outputKey = await platform.createKey('listener');
}, 120_000);

afterAll(async () => {
  await platform.stop();
  fs.rmSync(assembly, { recursive: true });
});

const ask = (content: string, more: { stream?: boolean; key?: string } = {}, on = platform) =>
  on.request('/v1/chat/completions', {
    body: { model: MODEL, messages: [{ role: 'user', content }], stream: more.stream ?? false },
    ...(more.key !== undefined && { key: more.key }),
  });

/** What of a call stands in the audit table once it is settled, and that with all that was logged. */
async function leftBy(response: Response): Promise<{ settlement: string; all: string }> {
  const id = response.headers.get('x-blueprint-trace-id') ?? '';
  let records: Record<string, unknown> = {};
  await until(async () => {
    records = (await platform.audit())[id] ?? {};
    return records.SETTLEMENT !== undefined;
  }, 'the call was settled');
  return { settlement: JSON.stringify(records.SETTLEMENT), all: JSON.stringify([records, platform.logs()]) };
}

test.each([
  ['a word', `Tell me of ${WORD.toLowerCase()}.`, 'words:custom'],
  ['a topic', 'Please, which shares should I buy now?', 'topic:investment-advice'],
])('what is asked is refused for %s, and is nowhere', async (_what, content, name) => {
  const response = await ask(content);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect([response.status, error.code]).toEqual([400, 'content_blocked']);
  expect(error.message).toContain(`by the safety policy "all" by its guardrail, for "${name}"`);
  const { settlement, all } = await leftBy(response);
  expect(settlement).toContain('refused');
  expect(settlement).toContain('guardrail_units');
  expect(all).not.toMatch(/zanzibar|which shares/i);
});

test('what a tool returned is refused as such', async () => {
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } };
  const messages = [
    { role: 'user', content: 'Read it' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: WORD },
  ];
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
  const response = await platform.request('/v1/chat/completions', { body: { model: MODEL, messages, tools } });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('A text retrieved for the input was blocked');
  expect((await leftBy(response)).all).not.toMatch(/zanzibar/i);
});

test('what is asked reaches the model masked, and so do records', async () => {
  const response = await ask(`Close ${TICKET} at 00:1b:63:84:45:e6`);
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain('Close {ticket} at {MAC_ADDRESS}');
  const { settlement, all } = await leftBy(response);
  expect(settlement).toContain('regex:ticket');
  expect(all).not.toMatch(/quokka|00:1b/i);
});

test.each([false, true])('an answer is blocked before it is shown (stream: %s)', async (stream) => {
  const response = await ask(`Say ${WORD}`, { stream, key: outputKey });
  const text = await response.text();
  expect(text).toContain('"code":"content_blocked"');
  expect(text).toContain('The answer was blocked');
  expect(text).not.toMatch(/zanzibar|simulated answer/i);
  const { settlement } = await leftBy(response);
  expect(settlement).toContain('words:custom');
  expect(settlement).not.toMatch(/zanzibar/i);
});

test.each([false, true])('an answer is masked before it is shown (stream: %s)', async (stream) => {
  const response = await ask(`Say ${TICKET}`, { stream, key: outputKey });
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(text).toContain('{ticket}');
  expect(text).not.toMatch(/quokka/i);
  expect((await leftBy(response)).settlement).not.toMatch(/quokka/i);
});

test.each(['unavailable', 'throttled', 'refuse', 'cut'] as const)('a guardrail that is %s lets nothing through', async (kind) => {
  const remove = platform.emulator.world.endpoint.faults.add({ service: 'bedrock', operation: 'ApplyGuardrail', kind });
  const asked = await ask(`Close ${TICKET}`);
  const answered = await ask('Hello', { key: outputKey, stream: true });
  const text = await answered.text();
  remove();
  expect([asked.status, ((await asked.json()) as { error: { code: string } }).error.code]).toEqual([500, 'internal_error']);
  expect(text).toContain('"code":"internal_error"');
  expect(text).not.toContain('simulated answer');
  expect((await leftBy(asked)).all).not.toMatch(/quokka/i);
});

test('a guardrail that is slow is given up, and nothing is let through', async () => {
  const models = platform.events.filter(({ kind }) => kind === 'model').length;
  const remove = platform.emulator.world.endpoint.faults.add({
    service: 'bedrock',
    operation: 'ApplyGuardrail',
    kind: 'latency',
    delayMs: 600_000,
  });
  const response = await ask('Hello');
  remove();
  expect(response.status).toBe(500);
  expect(platform.events.filter(({ kind }) => kind === 'model')).toHaveLength(models);
  await leftBy(response);
  expect(JSON.stringify(platform.logs())).toContain('did not answer within 5000 ms');
});

test('the gateway may apply this guardrail and no other, does, and nobody else may', async () => {
  const { permissions, roles } = platform.emulator.world;
  const holders = [...roles.values()].flatMap((role) =>
    role.policies
      .flatMap(({ Statement }) => [Statement].flat())
      .filter(({ Action }) => JSON.stringify(Action).includes('ApplyGuardrail'))
      .map(({ Resource }) => [role.arn, Resource]),
  );
  expect(holders).toEqual([[expect.stringContaining('GatewayFunction'), expect.stringMatching(ARN)]]);
  expect(permissions.uses).toContainEqual({ roleArn: holders[0]?.[0], action: 'bedrock:ApplyGuardrail', resource: holders[0]?.[1] });
});

test('without the permission nothing is let through', async () => {
  const denied = await startPlatform({ assembly, transform: withoutGrant });
  try {
    const response = await ask('Hello', {}, denied);
    expect(response.status).toBe(500);
    expect(denied.events).toContainEqual(expect.objectContaining({ kind: 'denied', action: 'bedrock:ApplyGuardrail' }));
    expect(denied.events.filter(({ kind }) => kind === 'model')).toEqual([]);
  } finally {
    await denied.stop();
  }
});

function withoutGrant(stacks: readonly AssemblyStack[]): AssemblyStack[] {
  const changed = structuredClone(stacks) as AssemblyStack[];
  for (const [id, resource] of changed.flatMap(({ template }) => Object.entries(template.Resources))) {
    if (!id.startsWith('GatewayFunctionRoleDefaultPolicy')) continue;
    const { PolicyDocument } = resource.Properties as unknown as { PolicyDocument: { Statement: { Action: unknown }[] } };
    PolicyDocument.Statement = PolicyDocument.Statement.filter(({ Action }) => !JSON.stringify(Action).includes('ApplyGuardrail'));
  }
  return changed;
}

describe('by the AWS SDK', () => {
  let client: BedrockRuntimeClient;
  let guardrailIdentifier: string;
  beforeAll(() => {
    const { world, administrator } = platform.emulator;
    client = new BedrockRuntimeClient({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
    guardrailIdentifier =
      /guardrail\/([a-z0-9]+)$/.exec(world.permissions.uses.find(({ resource }) => ARN.test(resource))?.resource ?? '')?.[1] ?? '';
  });
  afterAll(() => client.destroy());
  const apply = (guardrailVersion: string, ...texts: string[]) =>
    client.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier,
        guardrailVersion,
        source: 'INPUT',
        content: texts.map((text) => ({ text: { text } })),
      }),
    );

  test('a verdict has its units, outputs and assessments', async () => {
    const answer = await apply('1', `About ${TICKET}`, 'and more');
    expect(answer).toMatchObject({
      action: 'GUARDRAIL_INTERVENED',
      outputs: [{ text: 'About {ticket}' }, { text: 'and more' }],
      usage: { wordPolicyUnits: 1, topicPolicyUnits: 1, sensitiveInformationPolicyUnits: 1, contentPolicyUnits: 0 },
      assessments: [{ sensitiveInformationPolicy: { regexes: [{ name: 'ticket', match: TICKET, action: 'ANONYMIZED' }] } }],
    });
    expect(await apply('1', 'Hello')).toMatchObject({ action: 'NONE', outputs: [] });
    expect(await apply('DRAFT', WORD)).toMatchObject({ outputs: [{ text: 'What was asked was blocked by a guardrail.' }] });
  });

  test('a version that is not there, and a request without content, are refused', async () => {
    await expect(apply('7', 'Hello')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(apply('1')).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
