import { run } from './support';

describe('help', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])('%j prints the commands', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('blueprint keys create|rotate|list|revoke');
  });

  test.each([[['keys']], [['keys', '--help']], [['keys', 'create', '--help']], [['keys', 'revoke', '--help']]])('%j', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const option of ['--tenant', '--name', '--expires', '--env', '--region', '--local', '--json']) expect(stdout).toContain(option);
  });
});

describe('help of the other commands', () => {
  test.each([[['roles']], [['roles', '--help']], [['roles', 'register', '--help']]])('%j', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const option of ['--role-arn', '--tenant', '--name', '--env', '--url', '--region', '--local', '--json'])
      expect(stdout).toContain(option);
  });

  test.each([[['local', '--help']], [['local', 'help']]])('%j', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const option of ['--port', '--fresh']) expect(stdout).toContain(option);
  });
});

const create = ['keys', 'create', '--tenant', 'acme', '--name', 'ci'];

describe('a command line that is not understood: exit 2, one clear sentence, no stack', () => {
  test.each([
    [['kyes'], 'Unknown command "kyes": did you mean "keys"?'],
    [
      ['deploy'],
      'Unknown command "deploy"; there are keys, roles, tenants, teams, tokens, limits, usage, prompts, evals, audit, reviews, dlq, decisions, local, help.',
    ],
    [
      ['toString'],
      'Unknown command "toString"; there are keys, roles, tenants, teams, tokens, limits, usage, prompts, evals, audit, reviews, dlq, decisions, local, help.',
    ],
    [['--hlep'], 'Unknown option "--hlep": did you mean "--help"?'],
    [['keys', 'crate'], 'Unknown command "crate": did you mean "create"?'],
    [['keys', 'lst'], 'Unknown command "lst": did you mean "list"?'],
    [['keys', 'revkoe', 'key_0123456789abcdef'], 'Unknown command "revkoe": did you mean "revoke"?'],
    [['keys', 'constructor'], 'Unknown command "constructor"; there are create, rotate, list, revoke.'],
    [['keys', 'create', '--tenent', 'acme'], 'Unknown option "--tenent": did you mean "--tenant"?'],
    [
      ['keys', 'list', '--expires', '90d'],
      'Unknown option "--expires"; there are --env, --region, --local, --json, --help, --url, --tenant.',
    ],
    [['keys', 'list', '--__proto__', 'x'], 'Unknown option "--__proto__"; there are '],
    [['keys', 'list', '-x'], 'Unknown option "-x"; there are '],
    [['keys', 'create', '--tenant', 'acme'], 'blueprint keys create needs --name <name>.'],
    [['keys', 'create', '--name', 'ci'], 'blueprint keys create needs --tenant <tenant>.'],
    [['keys', 'create', '--tenant', '--name', 'ci'], 'Option --tenant needs a value, as in --tenant <value>; found --name.'],
    [['keys', 'list', '--tenant'], 'Option --tenant needs a value'],
    [['keys', 'list', '--tenant='], 'Option --tenant needs a value'],
    [['keys', 'list', '--env', 'dev', '--env', 'prod'], 'Option --env is given twice; give it once.'],
    [['keys', 'list', '--json=yes'], 'Option --json takes no value; found "yes".'],
    [['keys', 'list', 'acme'], 'blueprint keys list does not know what to do with "acme".'],
    [[...create, 'now'], 'blueprint keys create does not know what to do with "now".'],
    [['keys', 'revoke'], 'blueprint keys revoke needs the id of a key'],
    [['keys', 'revoke', 'key_0123456789abcdef', 'key_1'], 'does not know what to do with "key_1"'],
    [['keys', 'revoke', 'sk-secret'], '"sk-secret" is no key id; one looks like key_0123456789abcdef'],
    [['keys', 'create', '--tenant', 'a#b', '--name', 'ci'], 'The tenant is "a#b"; it must be 1 to 63 letters, digits, dots,'],
    [['keys', 'create', '--tenant', 'x'.repeat(64), '--name', 'ci'], 'The tenant is "xxx'],
    [['keys', 'create', '--tenant', 'acme', '--name', 'a\nb'], 'The name is "a\\nb"; it must be 1 to 63'],
    [['keys', 'create', '--tenant', 'acme', '--name', 'ends '], 'The name is "ends "; it must be'],
    [['keys', 'list', '--tenant', '../x'], 'The tenant is "../x"; it must be'],
    [['keys', 'list', '--region', 'Ireland'], 'Option --region is "Ireland"; it must be an AWS region, as in us-east-1.'],
    [['keys', 'list', '--local', '--region', 'eu-west-1'], 'Options --local and --region exclude each other'],
    [['keys', 'list', '--url', 'https://x.example', '--env', 'dev'], 'Options --url and --env exclude each other'],
    [['keys', 'list', '--url', 'https://x.example', '--local'], 'Options --url and --local exclude each other'],
    [['keys', 'list', '--url', 'x.example'], 'Option --url is "x.example"; it must be the gateway\'s address'],
    [['keys', 'list', '--table', 'T'], 'Unknown option "--table"'],
    [['prompts', 'list', '--table', 'T', '--env', 'dev'], 'Options --table and --env exclude each other'],
    [['prompts', 'list', '--table', 'T', '--local'], 'Options --table and --local exclude each other'],
    [['roles', 'regster'], 'Unknown command "regster": did you mean "register"?'],
    [['roles', 'register', '--tenant', 'a', '--name', 'b'], 'blueprint roles register needs --role-arn <arn>.'],
    [['roles', 'register', '--role-arn', 'x', '--name', 'b'], 'blueprint roles register needs --tenant <tenant>.'],
    [['roles', 'register', '--role-arn', 'x', '--tenant', 'a'], 'blueprint roles register needs --name <name>.'],
    [['roles', 'revoke'], 'blueprint roles revoke needs the ARN of a role'],
    [['roles', 'revoke', 'product'], '"product" is no role\'s ARN'],
    [['roles', 'list', 'x'], 'blueprint roles list does not know what to do with "x".'],
    [['local'], 'blueprint local needs the folder of an assembly, as in blueprint local cdk.out.'],
    [['local', '.', '--prot', '1'], 'Unknown option "--prot": did you mean "--port"?'],
    [['local', '.', '--port', 'many'], 'Option --port is "many"; it must be a whole number from 1 to 65535.'],
    [['local', '.', '--port', '0'], 'Option --port is "0"; it must be a whole number'],
    [['local', '.', '--port', '65536'], 'Option --port is "65536"; it must be a whole number'],
    [['keys', 'list', '--env', 'prd'], '--env prd: no such environment; found dev, staging, prod; did you mean prod?'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test.each([
    ['tomorrow', 'it must be days from now, as in 90d, or a date, as in 2027-01-01'],
    ['2027-02-30', 'it must be days from now'],
    ['2027-13-01', 'it must be days from now'],
    ['90', 'it must be days from now'],
    ['1.5d', 'it must be days from now'],
    ['0d', 'which is not in the future'],
    ['2026-11-20', 'which is not in the future'],
  ])('--expires %s', async (expires, message) => {
    const { code, stderr } = await run([...create, '--expires', expires]);
    expect(code).toBe(2);
    expect(stderr).toContain(`Option --expires is "${expires}"`);
    expect(stderr).toContain(message);
  });
});

test('blueprint local of a folder without an assembly: exit 1, what to do first', async () => {
  const { code, stdout, stderr } = await run(['local', 'src'], { cwd: __dirname });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    'src is not the folder of an assembly (it has no manifest.json): synthesize first, as in npx cdk synth, and name its output.\n',
  );
});
