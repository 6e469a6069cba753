import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Two folders stand for two machines: nothing of where a synthesis ran may be in what it wrote. */

const ROOT = path.resolve(__dirname, '..', '..');
const SOURCES = ['bin', 'client', 'config', 'lambdas', 'lib', 'scripts', 'package.json', 'cdk.json', 'tsconfig.json'];

function synthesizeIn(name: string, environment: string): Map<string, string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), name));
  for (const source of SOURCES) fs.cpSync(path.join(ROOT, source), path.join(folder, source), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  cdk(folder, 'synth', '-q', '-c', `env=${environment}`);
  const assembly = path.join(folder, 'cdk.out', `assembly-${environment}`);
  const templates = fs.readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const contents = new Map(templates.map((file) => [file, fs.readFileSync(path.join(assembly, file), 'utf8')]));
  fs.rmSync(folder, { recursive: true });
  return contents;
}

function cdk(cwd: string, ...args: string[]): string {
  const env = {
    PATH: `${path.join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`,
    HOME: cwd,
    CDK_VALIDATION: 'false',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  return execFileSync(path.join(ROOT, 'node_modules', '.bin', 'cdk'), [...args, '--no-notices'], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('two syntheses of one environment in two folders give the same bytes', () => {
  const first = synthesizeIn('here-', 'prod');
  const second = synthesizeIn('somewhere-else-', 'prod');
  expect(first.size).toBe(6);
  expect([...second]).toEqual([...first]);
  for (const template of first.values()) expect(template).not.toContain(os.tmpdir());
});

test('an environment that does not exist is told with its nearest match, without a stack', () => {
  let output = '';
  try {
    cdk(ROOT, 'synth', '-q', '-c', 'env=prd', '-o', fs.mkdtempSync(path.join(os.tmpdir(), 'prd-')));
  } catch (error) {
    output = (error as { stderr: string }).stderr;
  }
  expect(output).toContain('no such environment; found dev, staging, prod; did you mean prod?');
  expect(output).not.toMatch(/\n\s+at /);
});
