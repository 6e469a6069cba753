import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlatform } from '../../../../lambdas/core/load-platform';
import { platform } from '../support/ports';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'platform-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('reads the document beside the bundle', () => {
  writeFileSync(join(directory, 'platform.json'), JSON.stringify(platform));
  expect(loadPlatform(directory)).toEqual(platform);
});

test.each([
  ['no file', undefined, /platform\.json cannot be read as JSON: Error: ENOENT/],
  ['not JSON', '{', /platform\.json cannot be read as JSON/],
  ['a missing member', JSON.stringify({ ...platform, models: undefined }), /platform\.json is not a platform document:[^]*models/],
  ['an unknown member', JSON.stringify({ ...platform, modles: [] }), /modles/],
])('%s is named', (_name, content, message) => {
  if (content !== undefined) writeFileSync(join(directory, 'platform.json'), content);
  expect(() => loadPlatform(directory)).toThrow(message);
});

test.each([undefined, ''])('a missing LAMBDA_TASK_ROOT is named', (value) => {
  expect(() => loadPlatform(value)).toThrow(/LAMBDA_TASK_ROOT is not set/);
});
