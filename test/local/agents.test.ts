import { SQS } from '@aws-sdk/client-sqs';
import { promote, rollback } from '../../bin/prompts/label-store';
import { type PromptFolder, readPromptFolder } from '../../bin/prompts/prompt-folder';
import { pushPrompt } from '../../bin/prompts/version-store';
import { PACKAGED_PROMPTS } from '../../bin/packaged';
import { seedAgentRoles } from '../../bin/local/gateways';
import { churn } from '../../lambdas/agents/churn/agent';
import type { DecisionRecord } from '../../lambdas/core/agents/decision';
import { findFailure } from '../../lambdas/core/agents/failure';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { contentHash } from '../../lambdas/core/prompts/prompt-content';
import { TestAgents } from '../helpers/agents';
import { localCliOf } from '../helpers/local-cli';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** The agents of the package in the platform as it would be deployed: from the bus to their effects, by the prompts of its registry. */

let platform: TestPlatform;
let agents: TestAgents;

beforeEach(async () => {
  platform = await startPlatform();
}, 60_000);
afterEach(async () => {
  agents.close();
  await platform.stop();
});

const registry = () => ({ client: platform.dynamodb, table: platform.emulator.output('RegistryTable') });
const label = () => ({ ...registry(), id: 'churn', label: 'production', nowMs: Date.now() });

async function until<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    `It did not come: ${JSON.stringify(platform.logs().slice(-5))} ${JSON.stringify(platform.events.filter(({ kind }) => kind === 'denied'))}`,
  );
}

async function decide(): Promise<DecisionRecord> {
  const id = await agents.publish(churn);
  return until(() => agents.decision(churn, id));
}

/** What each gateway does after thirty seconds: it looks at its labels anew. */
async function lookAgain(): Promise<void> {
  for (const id of platform.gateway.accessKeyIds) await platform.gateway.kill(id, 'to look at labels anew');
}

/** The shipped prompt, and a version that differs from it by its instructions. */
function withSecondVersion(): PromptFolder & { readonly hashes: readonly string[] } {
  const prompt = readPromptFolder(PACKAGED_PROMPTS, 'churn');
  const [first] = prompt.versions;
  if (first === undefined) throw new Error('churn has no version');
  const [system, ...rest] = first.content.messages;
  if (system === undefined) throw new Error('churn has no message');
  const content = { ...first.content, messages: [{ ...system, template: `${system.template} Be brief.` }, ...rest] };
  const versions = [first, { version: 2, content }];
  return { ...prompt, versions, hashes: versions.map((version) => contentHash(version.content)) };
}

test('an event on the bus becomes a decision by a prompt of the registry, which the audit trail explains', async () => {
  agents = await TestAgents.of(platform);
  const decision = await decide();
  const hash = withSecondVersion().hashes[0];
  expect(decision).toMatchObject({
    prediction: { reason: 'price_shock' },
    course: 'act',
    autonomy: 'act',
    promptId: 'churn',
    promptVersion: 1,
    promptHash: hash,
  });
  const intent = unmarshalItem(((await platform.audit())[decision.callId]?.INTENT ?? {}) as Parameters<typeof unmarshalItem>[0]);
  expect(intent).toMatchObject({
    prompt: { id: 'churn', version: 1, hash, label: 'production' },
    subject: decision.eventId,
    metadata: { service: 'agent-churn', event_id: decision.eventId },
  });
});

test('a version goes live and is rolled back, with no new deployment of its agent', async () => {
  agents = await TestAgents.of(platform);
  const deployed = [...platform.emulator.world.functions.values()].map(({ arn, definition }) => [arn, definition.folder]);
  const prompt = withSecondVersion();
  const served = async () => {
    await lookAgain();
    const { promptVersion, promptHash } = await decide();
    return [promptVersion, promptHash];
  };
  expect(await served()).toEqual([1, prompt.hashes[0]]);
  await pushPrompt(registry(), prompt, Date.now());
  await promote(label(), 2);
  expect(await served()).toEqual([2, prompt.hashes[1]]);
  await rollback(label());
  expect(await served()).toEqual([1, prompt.hashes[0]]);
  expect([...platform.emulator.world.functions.values()].map(({ arn, definition }) => [arn, definition.folder])).toEqual(deployed);
}, 30_000);

test.each([
  ['is not in the registry', async () => undefined, /404 prompt_not_found.*blueprint prompts push churn --promote-new --confirm/],
  [
    'was never released',
    async () => pushPrompt(registry(), withSecondVersion(), Date.now()),
    /404 prompt_label_not_found.*blueprint prompts promote churn <version> --confirm/,
  ],
])('an event whose prompt %s is not lost: its reason names the command that helps', async (_what, prepare, reason) => {
  // The roles, and no prompt.
  await seedAgentRoles(platform.emulator, platform.emulator.output('RegistryTable'));
  agents = TestAgents.without(platform);
  await prepare();
  const id = await agents.publish(churn);
  const failure = await until(async () => {
    const failed = platform.logs().find(({ message, agent }) => message === 'event failed' && agent === 'churn');
    return failed === undefined ? undefined : findFailure(agents.runs, String(failed.message_id));
  });
  expect(failure).toMatchObject({ error: 'GatewayCallError', reason: expect.stringMatching(reason) });
  expect(await agents.decision(churn, id)).toBeUndefined();
  const { world, administrator } = platform.emulator;
  const sqs = new SQS({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
  const queue = [...world.functions.values()].find(({ definition }) => definition.variables.POWERTOOLS_SERVICE_NAME === 'agents/churn');
  const { Attributes = {} } = await sqs.getQueueAttributes({
    QueueUrl: queue?.definition.variables.QUEUE_URL,
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  });
  sqs.destroy();
  expect(Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)).toBe(1);
});

test('what the documents say to do on a first deployment is enough: the packaged prompts, and a role for no other', async () => {
  agents = TestAgents.without(platform);
  const cli = localCliOf(platform);
  const roleArn = [...platform.emulator.world.functions.values()].find(
    ({ definition }) => definition.variables.POWERTOOLS_SERVICE_NAME === 'agents/churn',
  )?.definition.principal.roleArn;
  const role = ['--role-arn', roleArn ?? '', '--tenant', 'agents', '--name', 'agents-churn', '--prompts', 'churn'];
  const done = [
    await cli.run('prompts', 'push', '--packaged', '--promote-new', '--confirm', '--local'),
    await cli.run('roles', 'register', '--local', ...role),
  ];
  cli.remove();
  expect(done.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  expect(await decide()).toMatchObject({ promptId: 'churn', promptVersion: 1, course: 'act' });
});
