import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { toAscii } from '../../../scripts/bundle-plugins';

const BUNDLES = path.resolve(__dirname, '..', '..', '..', 'dist', 'lambdas');
const bundles = fs
  .readdirSync(BUNDLES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('index.mjs'))
  .map((file) => path.join(BUNDLES, file));

describe('toAscii', () => {
  test.each([
    ['☎|📞|é', 'i', '📞'],
    ['☎|📞|é', 'iu', '📞'],
    ['[☎📞]', 'u', '📞'],
    ['[^a 📞]', 'u', '📞☎'],
  ])('/%s/%s finds in %s what it found', (source, flags, text) => {
    const ascii = toAscii(source);
    expect(ascii).toMatch(/^[\0-\x7f]+$/);
    const found = new RegExp(source, flags).exec(`a ${text}`);
    expect(found).not.toBeNull();
    expect(new RegExp(ascii, flags).exec(`a ${text}`)).toEqual(found);
  });

  test('refuses a raw template, where an escape would be text', () => {
    expect(() => toAscii('String.raw`a ☎`')).toThrow(
      'A raw template must be ASCII in a bundle, received String.raw`a ☎`; use a plain one.',
    );
    expect(toAscii('String.raw`a` + /☎/')).toBe('String.raw`a` + /\\u260e/');
  });
});

test('every function is ASCII, which V8 keeps in a byte a character', () => {
  expect(bundles.length).toBeGreaterThan(8);
  for (const file of bundles) expect([file, fs.readFileSync(file).findIndex((byte) => byte > 127)]).toEqual([file, -1]);
});

test('a function that makes no use of them loads neither http2 nor Node’s own fetch', () => {
  const script = `
    await import(${JSON.stringify(path.join(BUNDLES, 'sweeper', 'index.mjs'))}).catch(() => undefined);
    console.log(process.moduleLoadList.filter((name) => /http2|deps\\/undici/.test(name)).length, process.moduleLoadList.includes('NativeModule crypto'));`;
  const env = { PATH: process.env.PATH };
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' }).trim()).toBe('0 true');
});
