import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { TEST_ASSEMBLY } from '../helpers/test-assembly';
import { folderWithTarball, freePort, PACKAGE, ROOT, Running, runOutside, shellIn } from './outside';

/** The package as its users have it: installed from the tarball into a folder outside the repository, once for all of these. */

const INSTALL_MS = 180_000;
const MINIMAL = shellIn(path.join(ROOT, 'examples', 'minimal', 'README.md'));

let folder: string;
let minimalOutput: string;
const installed = (...parts: string[]): string => path.join(folder, 'node_modules', PACKAGE.name, ...parts);

beforeAll(async () => {
  folder = folderWithTarball();
  // As it stands in the README but for the port, which something else may have.
  const script = MINIMAL.replaceAll('8765', String(await freePort()));
  minimalOutput = runOutside(folder, 'sh', ['-e', '-c', `trap 'kill $! 2>/dev/null || true' EXIT\n${script}`]);
}, INSTALL_MS);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('examples/minimal', () => {
  test('takes at most ten lines of shell and twenty of code', () => {
    expect(MINIMAL.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
    expect(MINIMAL).toContain(`${PACKAGE.name}-${PACKAGE.version}.tgz`);
    expect(
      fs
        .readFileSync(installed('examples', 'minimal', 'app.mjs'), 'utf8')
        .trimEnd()
        .split('\n').length,
    ).toBeLessThanOrEqual(20);
  });

  test('answers a chat call in the emulator', () => {
    const answer = minimalOutput.split('\n').find((line) => line.startsWith('{"id":"chatcmpl-')) ?? 'no answer';
    expect(JSON.parse(/^\{.*\}/.exec(answer)?.[0] ?? answer)).toMatchObject({
      object: 'chat.completion',
      model: 'claude-haiku-4.5',
      choices: [{ message: { role: 'assistant', content: expect.stringMatching(/simulated.*Hello/) } }],
    });
  });

  test('needs no bundler, no compiler and no source', () => {
    expect(fs.existsSync(path.join(folder, 'node_modules', 'aws-cdk-lib'))).toBe(true);
    for (const name of ['esbuild', 'tsx', 'typescript', '@swc/core', 'aws-cdk']) {
      expect([name, fs.existsSync(path.join(folder, 'node_modules', name))]).toEqual([name, false]);
    }
    const files = fs.readdirSync(installed(), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.startsWith('examples'));
    expect(files.length).toBeGreaterThan(100);
    expect(sources).toEqual([]);
  });
});

test('the package holds its licence, README and documents, and the bundles of the repository byte for byte', () => {
  for (const file of [
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'docs/using-the-package.md',
    'dist/js/config/prices.json',
    'dist/js/prompts/churn/v1/system.md',
    'dist/js/evals/churn.json',
  ]) {
    expect([file, fs.existsSync(installed(file))]).toEqual([file, true]);
  }
  const hashes = (root: string): Record<string, string> => {
    const bundles = path.join(root, 'dist', 'lambdas');
    const names = fs.readdirSync(bundles, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('index.mjs'));
    return Object.fromEntries(
      names.map((name) => [
        name,
        createHash('sha256')
          .update(fs.readFileSync(path.join(bundles, name)))
          .digest('hex'),
      ]),
    );
  };
  expect(Object.keys(hashes(ROOT))).toEqual(expect.arrayContaining(['gateway/index.mjs', 'agents/churn/index.mjs']));
  expect(hashes(installed())).toEqual(hashes(ROOT));
});

describe('examples/product-stack', () => {
  let product: string;
  beforeAll(() => {
    product = path.join(folder, 'product');
    fs.cpSync(installed('examples', 'product-stack'), product, { recursive: true });
    const wanted = ['openai', 'esbuild'].map((name) => `${name}@${PACKAGE.devDependencies[name]}`);
    runOutside(folder, 'npm', ['install', '--silent', ...wanted]);
  }, INSTALL_MS);

  test('a function of another app calls the platform under /iam/v1, with its role for a key', async () => {
    runOutside(product, 'node', ['app.mjs'], { CDK_OUTDIR: 'cdk.out' });
    const blueprint = path.join(folder, 'node_modules', '.bin', 'blueprint');
    // The product first: what it reads of the platform decides the order, not the command line.
    const running = new Running(product, blueprint, ['local', 'cdk.out', TEST_ASSEMBLY, '--port', String(await freePort())]);
    await running.printed(/Requests appear below/);

    const outputs = JSON.parse(fs.readFileSync(path.join(product, '.local', 'outputs.json'), 'utf8')) as { Summaries: { RoleArn: string } };
    const role = ['--role-arn', outputs.Summaries.RoleArn, '--tenant', 'summaries', '--name', 'summarize'];
    runOutside(product, blueprint, ['roles', 'register', '--local', ...role]);
    const answer = runOutside(product, 'node', ['ask.mjs', 'The', 'quick', 'brown', 'fox']);
    expect(JSON.parse(answer)).toEqual({ summary: expect.stringMatching(/simulated.*Summarize in one sentence: The quick brown fox/) });
    await running.printed(/200 {2}POST \/iam\/v1\/chat\/completions/);
    expect(await running.interrupt()).toBe(0);
    expect(fs.existsSync(path.join(product, '.local', 'endpoint.json'))).toBe(false);
  }, 60_000);
});

const USE = `
import { AiGateway, type IAiGateway, type PlatformDocument, PlatformStage, platformDocument, validateEnvironment } from 'ai-native-blueprint';
import { createSignedFetch } from 'ai-native-blueprint/client';
import { Emulator } from 'ai-native-blueprint/local';
import { App, Stack } from 'aws-cdk-lib';

const platform: PlatformDocument = platformDocument({ region: 'us-east-1', models: ['nova-lite'] });
const stack = new Stack(new App(), 'Stack');
const made: IAiGateway = new AiGateway(stack, 'Gateway', { platform });
const found: IAiGateway = AiGateway.fromAttributes(stack, 'Found', { url: made.url, apiId: 'abc' });
new PlatformStage(new App(), { config: validateEnvironment({}, 'mine'), platform });
// @ts-expect-error: no such model
platformDocument({ region: 'us-east-1', models: ['no-such-model'] });
// @ts-expect-error: no such prop
new AiGateway(stack, 'Other', { platform, memory: 1 });
// @ts-expect-error: no such option
createSignedFetch({ regoin: 'us-east-1' });
export const used: [IAiGateway, Promise<Emulator>] = [found, Emulator.start({ assembly: 'cdk.out', port: 0 })];
`;

test.each([
  ['node16', 'node16', 'use.mts'],
  ['commonjs', 'bundler', 'use.ts'],
])(
  'types resolve with module %s and moduleResolution %s, libraries checked too',
  (module, moduleResolution, file) => {
    fs.writeFileSync(path.join(folder, file), USE);
    const options = { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, skipLibCheck: false };
    const types = { types: ['node'], typeRoots: [path.join(ROOT, 'node_modules', '@types')] };
    const config = path.join(folder, `tsconfig.${moduleResolution}.json`);
    fs.writeFileSync(config, JSON.stringify({ compilerOptions: { ...options, ...types }, files: [file] }));
    runOutside(folder, process.execPath, [path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
  },
  60_000,
);
