import * as fs from 'node:fs';
import * as path from 'node:path';

const FOLDER = path.resolve(__dirname, '..', '..', '..', 'docs', 'runbooks');
const files = fs.readdirSync(FOLDER);

/** Commands of AWS's command line that the runbooks use, each checked against its reference. */
const AWS_COMMANDS = new Set([
  'cloudwatch describe-alarms',
  'cloudwatch get-metric-statistics',
  'dynamodb describe-table',
  'dynamodb query',
  'events describe-archive',
  'kms describe-key',
  'lambda get-account-settings',
  'lambda put-function-concurrency',
  'logs describe-log-groups',
  'logs tail',
  'service-quotas list-service-quotas',
  'service-quotas request-service-quota-increase',
  'sqs receive-message',
  'sqs send-message',
  'ssm get-parameter',
]);

function commandsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(FOLDER, file), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => (block ?? '').replaceAll('\\\n', ' ').trim().split('\n'));
}

test('there are runbooks, with commands', () => {
  expect(files.length).toBeGreaterThanOrEqual(6);
  expect(files.flatMap(commandsOf).length).toBeGreaterThan(10);
});

test.each(files)('%s: every command exists', (file) => {
  for (const command of commandsOf(file)) {
    const [program, ...words] = command.split(/\s+/);
    if (program === 'aws') expect(AWS_COMMANDS).toContain(words.slice(0, 2).join(' '));
    else
      expect(command).toMatch(/^npm (start|run -s blueprint -- (keys (create|list|revoke)|audit verify|dlq (list|show|redrive|discard)) )/);
  }
});

test.each(files)('%s: every link leads somewhere', (file) => {
  const text = fs.readFileSync(path.join(FOLDER, file), 'utf8');
  for (const [, link] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) expect(fs.existsSync(path.join(FOLDER, link ?? '?'))).toBe(true);
});
