import * as fs from 'node:fs';
import * as path from 'node:path';
import { providerEntry } from '../../lambdas/core/platform';
import { modelCatalogue } from '../../config/models';

/** Whose model answers is known to its adapter and to the catalogue: what calls and what is called do not say it. */

const ROOT = path.resolve(__dirname, '..', '..');
const FOLDERS = ['lambdas', 'lib', 'bin'];
const CODE = /\.(?:ts|mts|cts|js|mjs|cjs)$/;

/** Providers, servers and model families that people name; those of our own code and catalogue are added. */
const WELL_KNOWN = [
  'bedrock',
  'anthropic',
  'openai',
  'azure',
  'vertex',
  'gemini',
  'cohere',
  'titan',
  'deepseek',
  'qwen',
  'groq',
  'grok',
  'ollama',
  'vllm',
  'claude',
  'nova',
  'llama',
  'mistral',
];
const apis = providerEntry.options.map(({ shape }) => firstWord(shape.api.value));
const families = modelCatalogue.map(({ id }) => firstWord(id));
const names = [...new Set([...WELL_KNOWN, ...apis, ...families])];

interface Allowed {
  /** Of paths from the root. */
  readonly files: RegExp;
  readonly names: readonly string[];
  /** Which lines; absent: all. */
  readonly lines?: RegExp;
  readonly because: string;
}

const gateway = 'lambdas/gateway';
const ALLOWED: readonly Allowed[] = [
  {
    files: new RegExp(`^${gateway}/adapters/bedrock-converse[./]`),
    names: ['bedrock', 'claude'],
    because: 'the adapter of Bedrock, whose models differ in what they take',
  },
  {
    files: new RegExp(`^${gateway}/adapters/bedrock-embeddings[./]`),
    names: ['bedrock', 'titan', 'cohere'],
    because: 'the adapter of Bedrock’s embeddings, whose bodies are each model maker’s own',
  },
  {
    files: new RegExp(`^${gateway}/adapters/anthropic-messages[./]`),
    names: ['anthropic', 'claude'],
    because: 'the adapter of Anthropic',
  },
  {
    files: new RegExp(`^${gateway}/adapters/openai-compatible[./]`),
    // The last is in the name before it.
    names: ['openai', 'gemini', 'ollama', 'llama'],
    because: 'the adapter of servers that speak OpenAI’s format, with the ways in which they differ',
  },
  {
    files: new RegExp(`^${gateway}/adapters/index\\.ts$`),
    names: ['bedrock', 'anthropic', 'openai'],
    because: 'the one place that chooses an adapter by the name of an API',
  },
  {
    files: new RegExp(`^${gateway}/adapters/shared/`),
    names: ['bedrock', 'anthropic', 'claude', 'openai'],
    because: 'what two adapters have in common, with the source of each limit',
  },
  {
    files: new RegExp(`^${gateway}/adapters/http/provider-error\\.ts$`),
    names: ['openai', 'anthropic', 'gemini', 'vllm'],
    because: 'the errors of the adapters that speak HTTP, with whose bodies they are',
  },
  {
    files: new RegExp(`^${gateway}/openai/`),
    names: ['openai'],
    because: 'the format in which callers ask and are answered, whoever provides the model',
  },
  {
    files: new RegExp(`^${gateway}/`),
    names: ['openai'],
    lines: /^(?:import|\} from) .*'\.{1,2}\/(?:\.\.\/)*openai\/[\w-]+';$/,
    because: 'that format, imported',
  },
  {
    files: /^lambdas\/core\/errors\.ts$/,
    names: ['openai'],
    because: 'types of errors are those of the format in which callers are answered',
  },
  {
    files: /^lambdas\/core\/platform\.ts$/,
    names: ['bedrock', 'anthropic', 'openai'],
    because: 'the schema of the catalogue that the gateway is given: the names of the APIs that have an adapter',
  },
  {
    files: /^lib\/constructs\/(grant-invoke-models|model-access-rule)\.ts$/,
    names: ['bedrock'],
    because: 'actions and ARNs of AWS IAM, in which the service has its name',
  },
  {
    files: /^lambdas\/core\/guardrail\/(?:apply-guardrail|guardrail-of)\.ts$|^lib\/constructs\/guardrail(?:-policy)?\.ts$/,
    names: ['bedrock'],
    because: 'the guardrail is a service of Bedrock’s, whoever provides the model: its construct, and the one place that calls it',
  },
];

interface Source {
  readonly file: string;
  readonly text: string;
}

interface Found {
  readonly file: string;
  /** 0 is the path itself. */
  readonly line: number;
  readonly name: string;
  readonly content: string;
}

function firstWord(id: string): string {
  return id.split('-')[0] ?? id;
}

function readSources(folder: string): Source[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ file: path.relative(ROOT, file).replaceAll(path.sep, '/'), text: fs.readFileSync(file, 'utf8') }));
}

/** In whatever letters, in words of any length: `createBedrockClient` is found. */
function find({ file, text }: Source): Found[] {
  return [file, ...text.split('\n')].flatMap((content, line) => {
    const lower = content.toLowerCase();
    return names.filter((name) => lower.includes(name)).map((name) => ({ file, line, name, content }));
  });
}

function isAllowedBy({ files, names, lines = /^/ }: Allowed, found: Found): boolean {
  return files.test(found.file) && names.includes(found.name) && lines.test(found.content);
}

function leaksOf(sources: readonly Source[]): string[] {
  return sources
    .flatMap(find)
    .filter((found) => !ALLOWED.some((allowed) => isAllowedBy(allowed, found)))
    .map(({ file, line, name }) => `${file}:${line}: ${name}`);
}

const sources = FOLDERS.flatMap(readSources);

test('something is looked at, in each folder, and the names of our own are among those looked for', () => {
  for (const folder of FOLDERS) expect(sources.filter(({ file }) => file.startsWith(`${folder}/`)).length).toBeGreaterThan(10);
  expect(sources.every(({ text }) => text.length > 0)).toBe(true);
  expect(names).toEqual(expect.arrayContaining(['bedrock', 'openai', 'anthropic', 'claude', 'nova']));
});

test('no provider is named outside its adapter and the catalogue', () => {
  expect(leaksOf(sources)).toEqual([]);
});

test.each(names)('%s is found where it does not belong, in any letters, in a word, a comment and a path', (name) => {
  const capital = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  const planted = (file: string, text: string) => leaksOf([{ file, text }]);
  expect(planted('lib/constructs/planted.ts', `\nif (model.provider === '${name}') return;`)).toContain(
    `lib/constructs/planted.ts:2: ${name}`,
  );
  expect(planted('bin/planted.ts', `const client = create${capital}Client();`)).toContain(`bin/planted.ts:1: ${name}`);
  expect(planted('lambdas/core/planted.ts', `/** As ${name.toUpperCase()} does. */`)).toContain(`lambdas/core/planted.ts:1: ${name}`);
  expect(planted(`lambdas/core/${name}.ts`, '')).toContain(`lambdas/core/${name}.ts:0: ${name}`);
});

test('what one adapter may say the other files of the gateway may not', () => {
  expect(leaksOf([{ file: `${gateway}/stages/route.ts`, text: "if (model.provider === 'openai') return;" }])).toEqual([
    `${gateway}/stages/route.ts:1: openai`,
  ]);
  expect(leaksOf([{ file: `${gateway}/stages/route.ts`, text: "const isBedrock = provider === 'bedrock';" }])).toEqual([
    `${gateway}/stages/route.ts:1: bedrock`,
  ]);
  expect(leaksOf([{ file: `${gateway}/adapters/anthropic-messages.ts`, text: 'bedrock' }])).toEqual([
    `${gateway}/adapters/anthropic-messages.ts:1: bedrock`,
  ]);
});

test.each(ALLOWED)('$files is there for a name that still occurs: $names', (allowed) => {
  const found = sources.flatMap(find).filter((each) => isAllowedBy(allowed, each));
  expect(allowed.names.filter((name) => !found.some((each) => each.name === name))).toEqual([]);
});
