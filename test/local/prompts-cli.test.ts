import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { startPlatform, type TestPlatform } from '../helpers/platform';

/** `blueprint prompts` against the emulator, with the prompts of this repository. */

const PROMPTS = path.resolve(__dirname, '..', '..', 'prompts');

let platform: TestPlatform;
let cli: LocalCli;
let cwd: string;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

beforeEach(() => {
  cli = localCliOf(platform);
  ({ cwd } = cli);
  cpSync(PROMPTS, path.join(cwd, 'prompts'), { recursive: true });
});
afterEach(() => cli.remove());

const prompts: LocalCli['run'] = (...args) => cli.run('prompts', ...args, '--local');

function write(file: string, value: unknown): void {
  const to = path.join(cwd, 'prompts', file);
  mkdirSync(path.dirname(to), { recursive: true });
  writeFileSync(to, typeof value === 'string' ? value : JSON.stringify(value));
}

const version = (change: object = {}) => ({
  messages: [{ role: 'user', template: 'Say {{what}}' }],
  variables: { what: { type: 'string', maxLength: 10 } },
  ...change,
});
/** A prompt of its own, with so many versions. */
function prompt(id: string, versions: number): void {
  write(`${id}/prompt.json`, { owner: 'tests' });
  for (let number = 1; number <= versions; number += 1) {
    write(`${id}/v${number}/version.json`, version({ messages: [{ role: 'user', template: `${number}: say {{what}}` }] }));
  }
}

test('versions are pushed once, and never again with another content', async () => {
  const first = await prompts('push', 'support-triage');
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^Pushed support-triage version 1 \([0-9a-f]{12}\) to dev\.\nPushed support-triage version 2 /);
  expect((await prompts('push', 'support-triage')).stdout).toBe('Nothing is new: dev has all 2 versions.\n');
  write('support-triage/v2/system.md', 'Something else.');
  write('support-triage/v3/version.json', version());
  expect(await prompts('push', 'support-triage')).toMatchObject({
    code: 1,
    stderr:
      'Version 2 of prompt support-triage was released with another content, and versions never change. Put yours in the next folder.\n',
  });
  const listed = JSON.parse((await prompts('list', 'support-triage', '--json')).stdout) as [{ versions: { version: number }[] }];
  expect(listed[0].versions.map((each) => each.version)).toEqual([1, 2]);
});

test('all prompts of the folder are pushed, and listed with their owners', async () => {
  expect(await prompts('push')).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await prompts('list');
  expect(stdout).toMatch(/^PROMPT +OWNER +NEWEST +LABELS\nanswer-question +platform-team +1/);
  expect(stdout).toMatch(/\nsummarize +platform-team +1/);
});

test.each<[string, object]>([
  ['support-triage', { variables: { message: 'I was charged twice.', plan: 'team' } }],
  ['summarize', { variables: { text: 'A long text.', sentences: 3, topics: ['prices', 'dates'] } }],
  [
    'answer-question',
    { variables: { product: 'Desk', facts: { plan: 'team' } }, messages: [{ role: 'user', content: 'What does it cost?' }] },
  ],
])('the example %s is released and answers', async (id, body) => {
  await prompts('push', id);
  expect(await prompts('promote', id, '1', '--confirm')).toMatchObject({ code: 0, stderr: '' });
  const response = await platform.request(`/v1/prompts/${id}/completions`, { body });
  expect([response.status, response.headers.get('x-blueprint-prompt-version')]).toEqual([200, `${id}@1`]);
  expect(await response.json()).toMatchObject({ choices: [{ finish_reason: 'stop', message: { content: expect.stringMatching(/./) } }] });
});

test('the first release of new prompts is made by a push that says so, and no other', async () => {
  prompt('fresh', 2);
  expect(await prompts('push', 'fresh', '--promote-new')).toMatchObject({ code: 2, stderr: expect.stringContaining('add --confirm') });
  const first = await prompts('push', 'fresh', '--promote-new', '--confirm');
  expect(first.stdout.split('\n').at(2)).toBe('Label production of fresh in dev gives version 2: its first release.');
  prompt('fresh', 3);
  const later = await prompts('push', 'fresh', '--promote-new', '--confirm');
  expect(later.stdout).toMatch(/^Pushed fresh version 3 \(.*\) to dev\.\n$/);
  expect((await prompts('list', 'fresh')).stdout).toMatch(/\nproduction: version 2\n$/);
});

test('the prompts of the package are pushed from any folder, and from one folder at a time', async () => {
  const pushed = await prompts('push', 'churn', '--packaged');
  expect([pushed.code, pushed.stderr]).toEqual([0, '']);
  expect(await prompts('push', '--packaged', '--dir', 'prompts')).toMatchObject({ code: 2, stderr: expect.stringContaining('exclude') });
});

test('a label is promoted, tried as a canary, and rolled back step by step', async () => {
  prompt('steps', 3);
  await prompts('push', 'steps');
  const promote = (...args: string[]) => prompts('promote', 'steps', ...args, '--confirm');
  expect((await promote('1')).stdout).toBe('Label production of steps in dev gives version 1; everywhere within 30 seconds.\n');
  expect((await promote('1')).stderr).toContain('is at version 1 already');
  expect((await promote('2')).code).toBe(0);
  const canary = (...args: string[]) => prompts('canary', 'steps', ...args, '--confirm');
  expect((await canary('3', '--percent', '5')).stdout).toContain('gives version 2, version 3 for 5 %;');
  expect((await canary('3', '--percent', '50')).stdout).toContain('gives version 2, version 3 for 50 %;');
  expect((await prompts('list', 'steps')).stdout).toMatch(/\n2 .* production\n3 .*\nproduction: version 2, version 3 for 50 %\n$/);
  const rollback = () => prompts('rollback', 'steps', '--confirm');
  expect((await rollback()).stdout).toContain('gives version 2;');
  expect((await rollback()).stdout).toContain('gives version 1;');
  expect(await rollback()).toMatchObject({ code: 1, stderr: expect.stringContaining('has nothing to return to') });
});

test('a canary that is stopped leaves a rollback where it was', async () => {
  prompt('stopped', 3);
  await prompts('push', 'stopped');
  await prompts('promote', 'stopped', '1', '--confirm');
  await prompts('promote', 'stopped', '2', '--confirm');
  await prompts('canary', 'stopped', '3', '--percent', '10', '--confirm');
  expect((await prompts('canary', 'stopped', '--stop', '--confirm')).stdout).toContain('gives version 2;');
  expect((await prompts('rollback', 'stopped', '--confirm')).stdout).toContain('gives version 1;');
});

test('an experiment runs by itself on its label, until it is stopped', async () => {
  prompt('tried', 2);
  await prompts('push', 'tried');
  await prompts('promote', 'tried', '1', '--label', 'staging');
  const arms = [
    { name: 'today', weight: 1 },
    { name: 'shorter', weight: 1, version: 2 },
  ];
  const shadow = { name: 'large', percent: 10, model: 'claude-sonnet-4.6', microUsdPerDay: 1_000_000 };
  writeFileSync(path.join(cwd, 'plan.json'), JSON.stringify({ id: 'shorter-prompt', arms, shadow }));
  const onStaging = (...args: string[]) => prompts(...args, '--label', 'staging');
  expect((await onStaging('experiment', 'tried', '--plan', 'plan.json')).stdout).toBe(
    'Label staging of tried in dev gives version 1, experiment shorter-prompt (today 1, shorter 1, shadow large 10 %); everywhere within 30 seconds.\n',
  );
  for (const args of [
    ['promote', 'tried', '2'],
    ['canary', 'tried', '2', '--percent', '5'],
    ['experiment', 'tried', '--plan', 'plan.json'],
  ]) {
    expect((await onStaging(...args)).stderr).toContain('Experiment shorter-prompt runs on label staging of prompt tried: stop it first');
  }
  expect((await onStaging('experiment', 'tried', '--stop')).stdout).toContain('gives version 1;');
  expect((await onStaging('promote', 'tried', '2')).code).toBe(0);
  writeFileSync(path.join(cwd, 'plan.json'), JSON.stringify({ id: 'x', arms, shadow: { ...shadow, model: 'claude-sonet-4.6' } }));
  expect(await onStaging('experiment', 'tried', '--plan', 'plan.json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      '"large" of the plan names the model "claude-sonet-4.6", which is no model of dev: did you mean "claude-sonnet-4.6"?',
    ),
  });
  writeFileSync(path.join(cwd, 'plan.json'), JSON.stringify({ id: 'x', arms: [{ name: 'a', weight: 1, version: 9 }] }));
  expect((await onStaging('experiment', 'tried', '--plan', 'plan.json')).stderr).toContain('has no version 9 here: push it first');
});

test('what a push would bring is shown against what production gives', async () => {
  prompt('shown', 2);
  expect((await prompts('diff', 'shown')).stdout).toMatch(
    /^nothing \(there is no label production in dev\) → version 2 in the folder \(\w{12}\)\n\+ \[user\]\n/,
  );
  await prompts('push', 'shown');
  await prompts('promote', 'shown', '1', '--confirm');
  expect((await prompts('diff', 'shown')).stdout).toMatch(
    /^version 1 in dev \(\w{12}\) → version 2 in the folder \(\w{12}\)\n {2}\[user\]\n- 1: say \{\{what\}\}\n\+ 2: say \{\{what\}\}\n/,
  );
  expect((await prompts('diff', 'shown', '2', '2')).stdout).toMatch(/ are the same\.\n$/);
  expect((await prompts('diff', 'shown', '1', '7')).stderr).toBe('Prompt shown has no version 7 in dev (see blueprint prompts list).\n');
});

test.each<[string[], number, string]>([
  [['promote', 'summarize', '1'], 2, 'Label production is protected: look at blueprint prompts diff first, then add --confirm.'],
  [['rollback', 'summarize'], 2, 'Label production is protected'],
  [['canary', 'summarize', '1', '--percent', '5'], 2, 'Label production is protected'],
  [
    ['promote', 'summarize', '9', '--confirm'],
    1,
    'Prompt summarize has no version 9 here: push it first (blueprint prompts push summarize).',
  ],
  [['promote', 'summarize', '--confirm'], 2, 'needs a version'],
  [['promote', 'summarize', '0', '--confirm'], 2, '"0" is no version: they are whole numbers from 1.'],
  [['promote', 'summarize', '1.5', '--confirm'], 2, '"1.5" is no version'],
  [['promote', 'Summarize', '1', '--confirm'], 2, 'The prompt is "Summarize"; it must be 1 to 63 lower-case letters'],
  [['promote', 'summarize', '1', '--label', '../x'], 2, 'The label is "../x"'],
  [['rollback', 'summarize', '--label', 'nowhere'], 1, 'Prompt summarize has no label nowhere here'],
  [
    ['canary', 'summarize', '1', '--label', 'nowhere', '--percent', '100'],
    2,
    'Option --percent is "100"; it must be a whole number from 1 to 99.',
  ],
  [['canary', 'summarize', '1', '--label', 'staging'], 2, 'needs --percent'],
  [['canary', 'summarize', '--stop', '--label', 'nowhere'], 1, 'has no canary'],
  [['experiment', 'summarize', '--label', 'staging'], 2, 'needs --plan <file> or --stop'],
  [['experiment', 'summarize', '--plan', 'none.json', '--label', 'staging'], 2, 'none.json cannot be read as JSON'],
  [['push', 'nothing'], 2, 'prompts/nothing/prompt.json: '],
  [['push', '--dir', 'elsewhere'], 2, 'There is no folder'],
  [['push', '../summarize'], 2, '"../summarize" can be no prompt'],
  [['list', 'nothing'], 1, 'There is no prompt nothing in dev'],
  [['promot', 'summarize', '1'], 2, 'did you mean "promote"'],
])('%j is refused, and says why', async (args, code, message) => {
  const told = await prompts(...args);
  expect([told.code, told.stdout]).toEqual([code, '']);
  expect(told.stderr).toContain(message);
});

test.each<[string, Record<string, unknown>, string]>([
  ['no JSON', { 'v1/version.json': '{' }, 'v1/version.json is no JSON'],
  ['an unknown member', { 'v1/version.json': version({ temprature: 1 }) }, 'temprature'],
  [
    'a template that is not closed',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: 'Say\n  {{what' }] }) },
    'version.json, message 1, line 2, column 3: `{{` is not closed',
  ],
  [
    'sections within sections',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: '{{#if what}}{{#if what}}{{/if}}{{/if}}' }] }) },
    'a section may not stand in another one',
  ],
  [
    'a template that names itself or another',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: '{{> what}} {{what}}' }] }) },
    '"> what" is no variable',
  ],
  [
    'a variable that nobody declared',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: '{{what}} {{who}}' }] }) },
    'there is no variable `who`',
  ],
  [
    'a variable that nothing names',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: 'Hello' }] }) },
    'no template names the variable `what`',
  ],
  ['a variable without a bound', { 'v1/version.json': version({ variables: { what: { type: 'string' } } }) }, 'variables.what.maxLength'],
  [
    'messages that could have no end',
    {
      'v1/version.json': version({
        messages: [{ role: 'user', template: '{{what}}'.repeat(3) }],
        variables: { what: { type: 'string', maxLength: 2_000_000 } },
      }),
    },
    'the messages could have 6000024 characters, 4000000 are allowed',
  ],
  ['a role that is none', { 'v1/version.json': version({ messages: [{ role: 'root', template: '{{what}}' }] }) }, 'messages[0].role'],
  [
    'an output that nothing can be checked by',
    { 'v1/version.json': version({ output: { schema: { $ref: '#/nowhere' } } }) },
    'output.schema: ',
  ],
  [
    'a file outside of the version',
    { 'v1/version.json': version({ messages: [{ role: 'user', file: '../../../secret' }] }) },
    "a message's file lies beside version.json",
  ],
  ['a file that is not there', { 'v1/version.json': version({ messages: [{ role: 'user', file: 'user.md' }] }) }, 'user.md cannot be read'],
  ['a folder that is no version', { 'latest/version.json': version() }, 'latest is no version'],
  ['no version', {}, 'has no version yet'],
  [
    'more than an item can hold',
    { 'v1/version.json': version({ messages: [{ role: 'user', template: `{{what}}${'x'.repeat(350_000)}` }] }) },
    'bytes with its messages; 350000 are allowed',
  ],
])('%s is not pushed', async (_what, files, message) => {
  write('broken/prompt.json', { owner: 'tests' });
  for (const [file, value] of Object.entries(files)) write(`broken/${file}`, value);
  const told = await prompts('push', 'broken');
  expect([told.code, told.stdout]).toEqual([2, '']);
  expect(told.stderr).toContain(message);
});
