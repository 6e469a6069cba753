import { SQS } from '@aws-sdk/client-sqs';
import { churn } from '../../lambdas/agents/churn/agent';
import { support } from '../../lambdas/agents/support/agent';
import { keepFailure } from '../../lambdas/core/agents/failure';
import { sampleEvents } from '../helpers/sample-events';
import { TestAgents } from '../helpers/agents';
import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';

/** `blueprint dlq` and `blueprint decisions`, against the queues and the table of the template. */

let platform: TestPlatform;
let agents: TestAgents;
let cli: LocalCli;
let sqs: SQS;

beforeAll(async () => {
  platform = await startPlatform();
  agents = await TestAgents.of(platform);
  cli = localCliOf(platform);
  const { world, administrator } = platform.emulator;
  sqs = new SQS({ endpoint: world.endpoint.url, region: world.region, credentials: administrator });
}, 60_000);
afterAll(async () => {
  sqs.destroy();
  agents.close();
  await platform.stop();
  cli.remove();
});

const blueprint = (...args: string[]) => cli.run(...args, '--local');
const deadLettersOf = (agent: string) => platform.emulator.world.ssm.valueOf(`/ai-native-blueprint/dev/agent-${agent}-dead-letters`) ?? '';

/** A message that its agent has given up. @returns its id, and the event's */
async function giveUp(agent: string, eventId: string): Promise<string> {
  const [{ data }] = sampleEvents.support;
  const body = JSON.stringify({
    'detail-type': support.event.name,
    source: support.event.owner,
    time: '2026-06-01T12:00:00Z',
    detail: { id: eventId, version: support.event.version, data },
  });
  const { MessageId: id = '' } = await sqs.sendMessage({ QueueUrl: deadLettersOf(agent), MessageBody: body });
  return id;
}

const fail = (messageId: string) =>
  keepFailure(agents.runs, {
    messageId,
    agent: 'support',
    error: 'GatewayCallError',
    reason: 'It was closed.',
    callId: 'c-1',
    receives: 5,
    failedAtMs: 0,
  });

/** Lines of `dlq list` as pairs. */
async function counts(): Promise<Record<string, number>> {
  const { stdout } = await blueprint('dlq', 'list', '--json');
  const rows = JSON.parse(stdout) as readonly { readonly agent: string; readonly messages: number }[];
  return Object.fromEntries(rows.map(({ agent, messages }) => [agent, messages]));
}

describe('dlq', () => {
  test('counts what lies there, agent by agent', async () => {
    const none = { churn: 0, documents: 0, support: 0, deploys: 0 };
    expect(await counts()).toEqual(none);
    const id = await giveUp('support', 'e-count');
    expect(await counts()).toEqual({ ...none, support: 1 });
    expect((await blueprint('dlq', 'list')).stdout).toMatch(/^AGENT +MESSAGES\n(.|\n)*support +1\n/);
    await blueprint('dlq', 'discard', 'support', '--id', id);
    expect(await counts()).toEqual(none);
  });

  test('shows why, and leaves everything where it is', async () => {
    const [told, untold] = [await giveUp('support', 'e-told'), await giveUp('support', 'e-untold')];
    await fail(told);
    const { stdout, code } = await blueprint('dlq', 'show', 'support');
    expect(code).toBe(0);
    expect(stdout).toContain(`Message ${told}`);
    expect(stdout).toContain('GatewayCallError: It was closed.');
    expect(stdout).toContain('received 5 times, last at 1970-01-01T00:00:00.000Z; call c-1');
    expect(stdout).toContain('Nobody has said why');
    const one = JSON.parse((await blueprint('dlq', 'show', 'support', '--id', untold, '--json')).stdout) as readonly object[];
    expect(one).toEqual([expect.objectContaining({ id: untold, failure: null, body: expect.stringContaining('e-untold') })]);
    expect((await counts()).support).toBe(2);
    await blueprint('dlq', 'discard', 'support', '--all');
    expect((await blueprint('dlq', 'show', 'support')).stdout).toBe('Nothing lies in the dead-letter queue of agent support.\n');
  });

  test('what is given again is worked on; what is not named stays', async () => {
    const [again, stays] = [await giveUp('support', 'e-again'), await giveUp('support', 'e-stays')];
    expect(await blueprint('dlq', 'redrive', 'support', '--id', again)).toMatchObject({
      code: 0,
      stdout: 'Given again: 1 of agent support.\n',
    });
    await until(async () => (await agents.decision(support, 'e-again')) !== undefined, 'it is decided on');
    expect((await counts()).support).toBe(1);
    expect(JSON.parse((await blueprint('dlq', 'redrive', 'support', '--all', '--json')).stdout)).toEqual([stays]);
    await until(async () => (await agents.decision(support, 'e-stays')) !== undefined, 'it is decided on, too');
    expect((await counts()).support).toBe(0);
  });

  test('what is discarded is gone, and worked on by nobody', async () => {
    await giveUp('support', 'e-gone');
    expect((await blueprint('dlq', 'discard', 'support', '--all')).stdout).toBe('Deleted: 1 of agent support.\n');
    expect((await counts()).support).toBe(0);
    expect(await agents.decision(support, 'e-gone')).toBeUndefined();
  });

  test.each([
    [['show'], 'needs the name of an agent'],
    [['show', 'suport'], 'support'],
    [['show', 'support', 'churn'], 'churn'],
    [['list', 'support'], 'support'],
    [['redrive', 'support'], 'needs --id <message> or --all, and not both'],
    [['discard', 'support', '--all', '--id', 'x'], 'needs --id <message> or --all, and not both'],
    [['show', 'support', '--all'], '--all'],
    [['empty'], 'empty'],
  ])('%j is refused, and says why', async (args, says) => {
    const { code, stderr, stdout } = await blueprint('dlq', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });

  test.each(['show', 'redrive', 'discard'])('%s of a message that is not there says so, and takes nothing out', async (name) => {
    const id = await giveUp('churn', `e-${name}`);
    const { code, stderr } = await blueprint('dlq', name, 'churn', '--id', 'no-such-message');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no message no-such-message in the dead-letter queue of agent churn');
    expect((await counts()).churn).toBe(1);
    await blueprint('dlq', 'discard', 'churn', '--id', id);
  });
});

describe('decisions', () => {
  let id: string;
  beforeAll(async () => {
    const eventId = await agents.publish(churn);
    await until(async () => {
      id = (await agents.decision(churn, eventId))?.id ?? '';
      return id !== '';
    }, 'it is decided on');
  });

  const examples = async (...args: string[]) => {
    const { stdout } = await blueprint('decisions', 'export', 'churn', ...args);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Readonly<Record<string, unknown>>]));
  };

  test('are exported with their lineage, and with the label that was given last', async () => {
    const [before] = await examples();
    expect(before).toMatchObject({ decision_id: id, label: null, labels: [], lineage: { event: { name: 'order.cancelled' } } });
    const labelled = await blueprint('decisions', 'label', id, '--label', '"returned"');
    expect(labelled).toMatchObject({ code: 0, stdout: `Decision ${id} is labelled by outcome.\n` });
    await blueprint('decisions', 'label', id, '--label', '{"kept":true}', '--source', 'warehouse');
    const [after] = await examples();
    expect(after).toMatchObject({ label: { kept: true }, label_source: 'warehouse' });
    expect(after?.labels).toEqual([
      expect.objectContaining({ source: 'outcome', value: 'returned' }),
      expect.objectContaining({ source: 'warehouse', value: { kept: true } }),
    ]);
  });

  test('of other days and agents are not among them', async () => {
    expect(await examples('--from', '2026-01-01', '--to', '2026-01-02')).toEqual([]);
    const other = await blueprint('decisions', 'export', 'nobody', '--from', '2026-01-01', '--to', '2026-01-02');
    expect(other).toEqual({ code: 0, stdout: '', stderr: 'Agent nobody has decided nothing from 2026-01-01 to 2026-01-02.\n' });
  });

  test.each([
    [['export'], 2, 'needs the name of an agent'],
    [['export', 'Churn!'], 2, '"Churn!"'],
    [['export', 'churn', 'support'], 2, 'support'],
    [['export', 'churn', '--from', '2026-13-01'], 1, '2026-13-01'],
    [['export', 'churn', '--from', '2026-02-02', '--to', '2026-02-01'], 1, '2026-02-02'],
    [['label'], 2, 'needs the id of a decision and --label'],
    [['label', 'x'], 2, 'needs the id of a decision and --label'],
    [['label', 'x', '--label', '{'], 2, 'Option --label is not JSON'],
    [['label', 'no-such-decision', '--label', '1'], 1, 'There is no decision no-such-decision'],
    [['label', 'x', '--label', '1', '--source', 'review'], 1, 'from the reviews themselves'],
    [['label', 'x', '--label', '1', '--source', 'The Warehouse'], 1, '"The Warehouse"'],
    [['import'], 2, 'import'],
  ])('%j is refused, and says why', async (args, exit, says) => {
    const { code, stderr, stdout } = await blueprint('decisions', ...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toContain(says);
  });
});
