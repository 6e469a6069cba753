import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { main } from '../../bin/blueprint';
import { type LocalCli, localCliOf } from '../helpers/local-cli';
import { MODEL, startPlatform, type TestPlatform } from '../helpers/platform';

let platform: TestPlatform;
let cli: LocalCli;
beforeAll(async () => {
  platform = await startPlatform();
  cli = localCliOf(platform);
});
afterAll(async () => {
  await platform.stop();
  cli.remove();
});

const blueprint: LocalCli['run'] = (...args) => cli.run(...args);

const statusWith = async (key: string): Promise<number> => {
  const response = await platform.request('/v1/chat/completions', {
    key,
    body: { model: MODEL, messages: [{ role: 'user', content: 'Hello' }] },
  });
  await response.text();
  return response.status;
};

test('a key is created, used, listed without its secret, and revoked', async () => {
  const created = await blueprint('keys', 'create', '--local', '--tenant', 'acme', '--name', 'first', '--json');
  expect(created).toMatchObject({ code: 0, stderr: '' });
  const key = /sk-[\w-]+/.exec(created.stdout)?.[0] ?? '';
  const keyId = /key_[0-9a-f]+/.exec(created.stdout)?.[0] ?? '';
  expect(await statusWith(key)).toBe(200);

  const listed = await blueprint('keys', 'list', '--local');
  expect(listed.stdout).toContain(keyId);
  expect(listed.stdout).not.toContain(key);

  // The gateway looks again after at most 30 s; a key it has not seen yet is looked up at once.
  const other = await blueprint('keys', 'create', '--local', '--tenant', 'acme', '--name', 'second', '--json');
  const otherKey = /sk-[\w-]+/.exec(other.stdout)?.[0] ?? '';
  expect(await blueprint('keys', 'revoke', '--local', /key_[0-9a-f]+/.exec(other.stdout)?.[0] ?? '')).toMatchObject({ code: 0 });
  expect(await statusWith(otherKey)).toBe(401);
});

test('no platform running: says to start it', async () => {
  const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'blueprint-cli-none-'));
  let stderr = '';
  const code = await main(['keys', 'list', '--local'], {
    stdout: { write: () => true },
    stderr: { write: (text) => (stderr += text) },
    cwd: elsewhere,
    nowMs: Date.now,
  });
  expect(code).toBe(1);
  expect(stderr).toContain('npm start');
});

test('limits of a tenant hold for the next call', async () => {
  const created = await blueprint('keys', 'create', '--tenant', 'bounded', '--name', 'first', '--json', '--local');
  const { key } = JSON.parse(created.stdout) as { key: string };
  expect(await blueprint('limits', 'set', '--tenant', 'bounded', '--requests-per-minute', '1', '--local')).toMatchObject({
    code: 0,
    stdout: 'Tenant bounded in dev may use 1 requests a minute.\n',
  });
  const statuses = [await statusWith(key), await statusWith(key), await statusWith(key)];
  // A minute may have begun in between.
  expect(statuses[0]).toBe(200);
  expect(statuses).toContain(429);
});

test('a day of the audit trail is verified: not sealed, then intact, then not', async () => {
  expect(await blueprint('audit', 'verify', '--local')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Day \d{4}-\d\d-\d\d is not intact: the day was not sealed/),
  });
  await platform.emulator.world.eventSources.settle();
  await platform.emulator.world.schedules.fire('Daily');
  expect(await blueprint('audit', 'verify', '--local')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ is intact: 0 records, as they were written\.\n$/),
  });
  const today = new Date().toISOString().slice(0, 10);
  const { code, stdout } = await blueprint('audit', 'verify', '--day', today, '--json', '--local');
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { day: today, discrepancies: [{ kind: 'no_manifest' }] }]);
  expect((JSON.parse(stdout) as { records: number }).records).toBeGreaterThan(0);
});

test.each<[string[], number, string]>([
  [['audit', 'verify', '--day', '2026-02-30'], 2, 'Option --day: "2026-02-30" is no day: write it as 2026-11-20.'],
  [['audit', 'verify', 'today'], 2, 'does not know what to do with "today"'],
  [['audit', 'check'], 2, 'Unknown command "check"'],
  [['audit', 'verify', '--env', 'prod', '--local'], 2, 'The local emulator runs environment dev, not prod'],
])('%j is refused, and says why', async (args, code, message) => {
  const told = await blueprint(...args);
  expect([told.code, told.stdout]).toEqual([code, '']);
  expect(told.stderr).toContain(message);
});
