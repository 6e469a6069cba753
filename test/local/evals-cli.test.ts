import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { seedDemoKey } from '../../bin/local/gateways';
import { seedPrompts } from '../../bin/local/seed-prompts';
import { PACKAGED_EVALS, PACKAGED_PROMPTS } from '../../bin/packaged';
import type { EvalReport } from '../../bin/evals/report';
import { shippedAgentNames } from '../../config/agents';
import { readSuite } from '../../bin/evals/suite';
import { unmarshalItem } from '../../lambdas/core/attribute-values';
import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/**
 * `blueprint evals` against the emulator, with the suites of this repository. The simulated model chooses by the words of a case: what it answers
 * shows that suites are asked, answered in their schema, judged and counted, and nothing of how good a prompt is.
 */

type Item = Record<string, AttributeValue>;

let platform: TestPlatform;
let cli: LocalCli;
beforeAll(async () => {
  platform = await startPlatform();
  const registry = platform.emulator.output('RegistryTable');
  await seedDemoKey(platform.emulator, registry);
  await seedPrompts(platform.emulator, registry, [PACKAGED_PROMPTS], (problem) => {
    throw new Error(problem);
  });
  cli = localCliOf(platform);
}, 60_000);
afterAll(async () => {
  cli.remove();
  await platform.stop();
});

const folders = ['--dir', PACKAGED_PROMPTS, '--evals', PACKAGED_EVALS];
const evals = (...args: string[]) => cli.run('evals', 'run', ...args, '--local');
const reportOf = (stdout: string) => JSON.parse(stdout) as EvalReport[];

test.each([...shippedAgentNames])('the suite of agent %s is asked, answered in its schema, judged and counted', async (agent) => {
  const { code, stdout, stderr } = await evals(agent, '--json', ...folders);
  const [report, ...more] = reportOf(stdout);
  if (report === undefined) throw new Error(`no report: ${stderr}`);
  const { result } = report;
  expect(more).toEqual([]);
  const { cases } = readSuite(PACKAGED_EVALS, agent);
  expect(result.cases.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
  expect(result).toMatchObject({ prompt: agent, suite: agent, versions: [1], unanswered: 0 });
  const problems = result.cases.flatMap(({ problems }) => problems);
  expect(problems.filter((problem) => /breaks the schema|is no JSON/.test(problem))).toEqual([]);
  expect(result.passed).toBe(result.cases.filter(({ problems }) => problems.length === 0).length);
  expect([code, stderr]).toEqual(result.rate < result.floor ? [1, `Below the floor, or not answered in full: ${agent}.\n`] : [0, '']);
  // To the micro-dollar what the calls' settlements say.
  const audit = await platform.audit();
  const settled = result.cases.map(({ callId }) => {
    const { INTENT, SETTLEMENT } = audit[callId ?? ''] ?? {};
    expect(unmarshalItem(INTENT as Item)).toMatchObject({ metadata: { service: 'evals', feature: agent }, prompt: { id: agent } });
    return Number(unmarshalItem(SETTLEMENT as Item).cost_micro_usd);
  });
  expect(result.costMicroUsd).toBe(settled.reduce((sum, cost) => sum + cost, 0));
  expect(result.costMicroUsd).toBeGreaterThan(0);
});

test('a model answers in the order of the schema: its reasoning before its answer', async () => {
  const [sample] = readSuite(PACKAGED_EVALS, 'churn').cases;
  const response = await platform.request('/v1/prompts/churn/completions', { body: { variables: sample?.variables } });
  const { choices } = (await response.json()) as { readonly choices: readonly [{ readonly message: { readonly content: string } }] };
  expect(Object.keys(JSON.parse(choices[0].message.content) as object)).toEqual(['reasoning', 'reason', 'evidence', 'confidence']);
});

test('every prompt of a folder that has a suite is asked when none is named', async () => {
  const { code, stdout } = await evals('--floor', '0', ...folders);
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^PROMPT +VERSION +SUITE +PASSED +RATE +FLOOR +COST USD +MODEL/);
  expect(lines.slice(1, 6).map((line) => line.split(' ')[0])).toEqual(['churn', 'deploys', 'documents', 'support', 'support-triage']);
  expect(lines[1]).toMatch(/^churn +1 +churn r1 +\d\/8 +\d\.\d\d +0\.00 +0\.\d{6}/);
});

describe('a suite that the simulated model passes', () => {
  let place: string;
  const own = () => ['--dir', path.join(place, 'prompts'), '--evals', path.join(place, 'evals')];
  const prompts = (...args: string[]) => cli.run('prompts', ...args, '--local');

  beforeAll(async () => {
    place = fs.mkdtempSync(path.join(os.tmpdir(), 'evals-'));
    fs.cpSync(path.join(__dirname, '..', '..', 'examples', 'fifth-agent'), place, { recursive: true });
    await prompts('push', '--promote-new', '--confirm', '--dir', path.join(place, 'prompts'));
    const first = path.join(place, 'prompts', 'refunds', 'v1', 'version.json');
    // A worse version: it has unlearned one of the answers.
    fs.mkdirSync(path.join(place, 'prompts', 'refunds', 'v2'));
    const worse = fs.readFileSync(first, 'utf8').replace('["pay", "ask", "fraud"]', '["pay", "fraud"]');
    fs.writeFileSync(path.join(place, 'prompts', 'refunds', 'v2', 'version.json'), worse);
    await prompts('push', '--dir', path.join(place, 'prompts'));
  });
  afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

  test('ends with 0', async () => {
    const { code, stdout, stderr } = await evals('refunds', ...own());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\nrefunds +1 +refunds r1 +2\/2 +1\.00 +1\.00 /);
  });

  test('a worse version ends with 1 before it is promoted, and says which cases it has lost', async () => {
    const { code, stdout, stderr } = await evals('refunds', '--version', '2', '--against', '1', ...own());
    expect(code).toBe(1);
    expect(stderr).toBe('Below the floor, or not answered in full: refunds.\n');
    expect(stdout).toMatch(/\nrefunds +2 +refunds r1 +1\/2 +0\.50 +1\.00 .* below its floor *\nrefunds +1 +refunds r1 +2\/2 /);
    expect(stdout).toMatch(/\n {2}something is missing failed: route is "(pay|fraud)"; expected "ask" \(call [0-9a-f]{32}\)/);
    expect(stdout).toMatch(/refunds against version 1: passes none that it does not; does not pass something is missing that it does/);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['an unknown version', ['refunds', '--version', '9'], /prompt_version_not_found: Prompt `refunds` has no version 9/],
    ['an unknown label', ['refunds', '--label', 'staging'], /prompt_label_not_found.*blueprint prompts list refunds/],
    ['an unknown prompt', ['refund'], /There is no .*refund\/prompt\.json: .*prompts has refunds/],
    ['an id that is none', ['Refunds!'], /The prompt is "Refunds!"; it must be/],
    ['a version that is none', ['refunds', '--version', 'two'], /"two" is no version/],
    ['a floor that is none', ['refunds', '--floor', '80'], /Option --floor is "80"; it must be a share from 0 to 1/],
    ['a version of no prompt', ['--version', '1'], /need a prompt/],
    ['both a version and a label', ['refunds', '--version', '1', '--label', 'staging'], /exclude each other/],
  ])('%s is told', async (_what, args, message) => {
    const { code, stdout, stderr } = await evals(...args, ...own());
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('defect');
  });

  test.each<[string, string | undefined, RegExp]>([
    ['is no JSON', '{', /refunds\.json cannot be read as JSON/],
    [
      'has a member that no suite has',
      '{"revision":1,"floor":1,"cases":[{"id":"a","variables":{},"expects":{}}]}',
      /is no suite:[^]*expects/,
    ],
    ['has no case', '{"revision":1,"floor":1,"cases":[]}', /is no suite:[^]*cases/],
    ['has a floor above 1', '{"revision":1,"floor":75,"cases":[{"id":"a","variables":{},"expect":{}}]}', /is no suite:[^]*floor/],
    ['is not there', undefined, /There is no suite .*refunds\.json: /],
  ])('a suite that %s is told before anything is asked', async (_what, text, message) => {
    const broken = path.join(place, 'broken');
    fs.rmSync(broken, { recursive: true, force: true });
    fs.mkdirSync(broken);
    if (text !== undefined) fs.writeFileSync(path.join(broken, 'refunds.json'), text);
    const { code, stderr } = await evals('refunds', '--dir', path.join(place, 'prompts'), '--evals', broken);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  test('a key that the gateway does not know is told, with what helps', async () => {
    process.env.BLUEPRINT_API_KEY = 'sk-nobody';
    const { code, stderr } = await evals('refunds', ...own());
    delete process.env.BLUEPRINT_API_KEY;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/Prompt refunds cannot be asked: .*Set BLUEPRINT_API_KEY/)]);
  });
});
