import * as fs from 'node:fs';
import * as path from 'node:path';
import { runInNewContext } from 'node:vm';
import { loadEnvironment, validateEnvironment } from '../../../config/load';
import type { EnvironmentConfig } from '../../../config/schema';
import { platformDocumentOf } from '../../../config/platform-document';
import { errorCatalogue } from '../../../lambdas/core/errors';
import { geographies } from '../../../lambdas/core/residency';
import { routeNames } from '../../../lambdas/core/scopes';
import { aroundEachTest, run } from '../bin/support';

const text = fs.readFileSync(path.resolve(__dirname, '..', '..', '..', 'docs', 'identity.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block]) => block ?? '');

/** As a shell takes a line apart. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|<([^>]*)>|(\S+)/g)].map(([, ...forms]) => forms.find((form) => form !== undefined) ?? '');

const at = aroundEachTest();

test('every command does what it is there for, in the order of the page', async () => {
  const lines = blocks('sh').flatMap((block) => block.trim().split('\n'));
  expect(lines.length).toBeGreaterThan(10);
  let keyId = '';
  for (const line of lines) {
    const [npx, blueprint, ...words] = wordsOf(line);
    expect([npx, blueprint]).toEqual(['npx', 'blueprint']);
    // dev trusts no issuer.
    const own = words[0] === 'tokens' ? ['--url', at.aws.url, '--region', 'us-east-1'] : [];
    const { code, stdout, stderr } = await run([...words.map((word) => (word === 'key id' ? keyId : word)), ...own]);
    expect([line, code, stderr]).toEqual([line, 0, '']);
    keyId = /^Created (key_\w+)/.exec(stdout)?.[1] ?? keyId;
  }
});

test('the config is one', () => {
  const [block = ''] = blocks('ts');
  const { identity } = runInNewContext(`({ ${block} })`) as Pick<EnvironmentConfig, 'identity'>;
  const config = validateEnvironment({ ...loadEnvironment('dev'), identity: JSON.parse(JSON.stringify(identity)) }, 'docs/identity.md');
  expect(platformDocumentOf(config).identity?.oidc).toHaveLength(1);
});

test('routes, geographies and error codes are those that there are', () => {
  expect(text).toContain(`| \`--routes\` | ${routeNames.map((name) => `\`${name}\``).join(', ')} |`);
  expect(text).toContain(`(${geographies.map((name) => `\`${name}\``).join(', ')})`);
  const answers = [...text.matchAll(/\b(\d{3}) `(\w+)`/g)].map(([, status, code]) => [Number(status), code]);
  expect(answers.length).toBeGreaterThan(5);
  const known = Object.entries(errorCatalogue).map(([code, { status }]) => [status, code]);
  expect(answers.filter(([status, code]) => !known.some(([s, c]) => s === status && c === code))).toEqual([]);
});
