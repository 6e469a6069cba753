import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vm from 'node:vm';
import { transformSync } from '@swc/core';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct, type IConstruct } from 'constructs';
import * as lib from '../../../index';
import type { Template as AssemblyTemplate } from '../../../local/assembly';
import { idleItems, idleUsd } from '../../../scripts/idle-cost';

/** Each page of docs/constructs against the code that it describes: its props, its members, what its snippet provisions and costs. */

const ROOT = path.resolve(__dirname, '..', '..', '..');
const FOLDER = path.join(ROOT, 'docs', 'constructs');

/** What snippets import as `./environments`: config files of the reader's own, of which these are examples. */
const ENVIRONMENTS = path.join(ROOT, 'config', 'environments');

/** Types that lib/index.ts exports and nobody gives as props. */
const NOT_PROPS = new Set([
  'ContentFilter',
  'EnvOf',
  'FilterFieldType',
  'FilterStrength',
  'GuardrailAction',
  'IAiGateway',
  'IGuardrail',
  'IVectorIndex',
  'MetricName',
]);

const { classes, types, sources } = readExports();
const pages = new Map(fs.readdirSync(FOLDER).map((file) => [file, fs.readFileSync(path.join(FOLDER, file), 'utf8')]));
const pageOf = (name: string) => pages.get(`${kebab(name)}.md`) ?? '';
const constructs = classes.filter((name) => exportedClass(name)?.prototype instanceof Construct);

test('every class that is exported has its page, and every page a class', () => {
  expect(classes.length).toBeGreaterThan(10);
  expect([...pages.keys()].sort()).toEqual(classes.map((name) => `${kebab(name)}.md`).sort());
  for (const name of classes) expect(pageOf(name)).toMatch(new RegExp(`^# ${name}\n`));
});

test('the index links every page', () => {
  const index = fs.readFileSync(path.join(ROOT, 'docs', 'constructs.md'), 'utf8');
  const links = [...index.matchAll(/^\| \[`(\w+)`\]\(constructs\/([\w-]+\.md)\)/gm)].map(([, name, file]) => [name, file]);
  expect(links.sort()).toEqual(classes.map((name) => [name, `${kebab(name)}.md`]).sort());
});

test('every link leads somewhere', () => {
  const links = [...pages.values()].flatMap((text) => [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link]) => link ?? ''));
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((link) => !fs.existsSync(path.join(FOLDER, link)))).toEqual([]);
});

test('every table of props belongs to a type that is exported, and to one page', () => {
  const headings = [...pages.values()].flatMap((text) => [...text.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name));
  expect(headings.sort()).toEqual(types.filter((name) => !NOT_PROPS.has(name)).sort());
});

test.each(types.filter((name) => !NOT_PROPS.has(name)))('%s: the table has its members, their types and defaults', (name) => {
  const members = membersOf(name);
  const rows = rowsOf(name);
  expect(Object.keys(members).length).toBeGreaterThan(0);
  // A member may be optional without one default for all: the page then says what happens.
  const expected = Object.entries(members).map(([member, { type, fallback }]) => [
    member,
    { type, fallback: fallback ?? expect.not.stringMatching(/^(required)?$/), meaning: expect.stringMatching(/./) },
  ]);
  expect(rows).toEqual(Object.fromEntries(expected));
});

test.each(classes)('%s: the page names its public members', (name) => {
  const [, body = ''] = new RegExp(`^export class ${name}\\b.*?\\{\n(.*?)^\\}`, 'ms').exec(sources.get(name) ?? '') ?? [];
  const methods = [...body.matchAll(/^ {2}(?:static )?(\w+)\(/gm)].flatMap(([, method = '']) => (method === 'constructor' ? [] : [method]));
  const fields = [...body.matchAll(/^ {2}(?:constructor\()?readonly (\w+)/gm)].flatMap(([, field]) => field ?? []);
  expect(methods.length + fields.length).toBeGreaterThan(0);
  const section = /^## Members\n(.*?)^##/ms.exec(pageOf(name))?.[1] ?? '';
  const named = [...section.matchAll(/^\| (.+?) \| /gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)/g)].map(([, word]) => word));
  expect(named.sort()).toEqual([...methods, ...fields].sort());
});

test('every snippet type-checks against what the package exports', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'docs-constructs-'));
  try {
    const snippets = [...pages].flatMap(([file, text]) => snippetsOf(text).map((code, index) => [`${file}-${index}.ts`, code] as const));
    expect(snippets.length).toBeGreaterThanOrEqual(classes.length);
    for (const [file, code] of snippets) fs.writeFileSync(path.join(folder, file), code);
    // Must be found to be wrong: else nothing was looked at.
    fs.writeFileSync(path.join(folder, 'wrong.ts'), "import { GatewayMetrics } from 'ai-native-blueprint';\nnew GatewayMetrics(1);\n");
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    fs.symlinkSync(ENVIRONMENTS, path.join(folder, 'environments'));
    const paths = { 'ai-native-blueprint': [path.join(ROOT, 'index.ts')] };
    const tsconfig = {
      extends: path.join(ROOT, 'tsconfig.json'),
      compilerOptions: { types: ['node'], paths },
      include: ['*.ts'],
      exclude: [],
    };
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    const { stdout } = spawnSync(path.join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', '.', '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const problems = stdout.split('\n').filter((line) => /^[\w.-]+\(\d+,\d+\): error|^error/.test(line));
    expect(problems).toEqual([expect.stringMatching(/^wrong\.ts\(2,.*TS2345/)]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('every snippet synthesizes', () => {
  for (const code of [...pages.values()].flatMap(snippetsOf)) {
    const app = run(code);
    expect(App.isApp(app) && app.synth().stacksRecursively.length).toBeGreaterThan(0);
  }
});

describe.each(constructs)('%s: its first snippet', (name) => {
  const text = pageOf(name);
  let made: ReturnType<typeof instancesOf>;
  beforeAll(() => {
    made = instancesOf(name, text);
  });

  test('makes what the page says that it provisions', () => {
    const section = /^## Provisions\n(.*?)^## /ms.exec(text)?.[1] ?? '';
    const types = made.own.map(({ cfnResourceType }) => cfnResourceType);
    expect([...section.matchAll(/`(AWS::[\w:]+)`/g)].map(([, type]) => type).sort()).toEqual([...new Set(types)].sort());
    const nested = [...section.matchAll(/\[`(\w+)`\]/g)].map(([, construct]) => construct);
    expect(nested.sort()).toEqual([...new Set(made.nested)].sort());
    expect(types.length + nested.length).toBeGreaterThan(0);
  });

  test('costs what the page says when nobody calls', () => {
    expect(/^\*\*\$(\d+\.\d\d) a month/m.exec(text)?.[1]).toBe(idleUsd(idleItems([made.template])).toFixed(2));
  });
});

function readExports(): { readonly classes: string[]; readonly types: string[]; readonly sources: ReadonlyMap<string, string> } {
  const index = fs.readFileSync(path.join(ROOT, 'lib', 'index.ts'), 'utf8');
  const found = [...index.matchAll(/^export (type )?\{([^}]+)\} from '(.+?)';$/gm)].flatMap(([, allTypes, names = '', file = '']) => {
    const source = fs.readFileSync(path.join(ROOT, 'lib', `${file}.ts`), 'utf8');
    const words = names.split(',').map((word) => word.trim());
    return words.filter(Boolean).map((word) => ({
      name: word.replace(/^type /, ''),
      isType: allTypes !== undefined || word.startsWith('type '),
      source,
    }));
  });
  return {
    // Functions are named in the pages of what they are for.
    classes: found.filter(({ isType, name }) => !isType && /^[A-Z]/.test(name)).map(({ name }) => name),
    types: found.filter(({ isType }) => isType).map(({ name }) => name),
    sources: new Map(found.map(({ name, source }) => [name, source])),
  };
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function exportedClass(name: string): { readonly prototype: unknown } | undefined {
  const value: unknown = Object.entries(lib).find(([exported]) => exported === name)?.[1];
  return typeof value === 'function' ? value : undefined;
}

interface Member {
  readonly type: string;
  /** `required`, or the text of `@default`; absent where the code has neither. */
  readonly fallback: string | undefined;
}

/** Members of an interface, its bases' in lib/constructs among them, by the source alone. */
function membersOf(name: string, source = sources.get(name) ?? ''): Record<string, Member> {
  const alias = new RegExp(`^export type ${name} = (\\w+);`, 'm').exec(source);
  if (alias?.[1]) return membersOf(alias[1], sourceOf(alias[1]));
  const [, bases = '', body] = new RegExp(`^export interface ${name}(?:<.*?>)?(?: extends (.+?))? \\{\n(.*?)^\\}`, 'ms').exec(source) ?? [];
  if (body === undefined) throw new Error(`No interface ${name} in its source.`);
  // A base of another package (`cloudwatch.MetricOptions`) is for that package to describe.
  const inherited = bases
    .split(/, */)
    .filter((base) => /^\w+$/.test(base))
    .map((base) => membersOf(base, sourceOf(base)));
  const own = [...body.matchAll(/(?:^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {2}readonly (\w+)(\?)?: ([^\n]+);$/gms)];
  const members = own.map(([, comment = '', member = '', optional, type = '']): [string, Member] => {
    const text = comment.replace(/\n *\* ?/g, ' ').trim();
    const fallback = optional ? /@default (?:- )?(.+)$/.exec(text)?.[1] : 'required';
    return [member, { type: type.replace(/(?<=\{ )readonly /g, ''), fallback }];
  });
  return { ...Object.assign({}, ...inherited), ...Object.fromEntries(members) };
}

function sourceOf(name: string): string {
  const folder = path.join(ROOT, 'lib', 'constructs');
  const texts = fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
  return texts.find((text) => text.includes(`export interface ${name} `)) ?? '';
}

/** Rows of the table under the heading of a type, on whichever page it is. */
function rowsOf(name: string): Record<string, Member & { readonly meaning: string }> {
  const section = new RegExp(`^### \`${name}\`\n(.*?)(?=^##|$(?![^]))`, 'ms');
  const [, text = ''] = section.exec([...pages.values()].find((page) => page.includes(`### \`${name}\`\n`)) ?? '') ?? [];
  const cells = [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) =>
    row.split(/ (?<!\\)\| /).map((cell) => cell.replaceAll('\\|', '|')),
  );
  expect(cells.slice(0, 1)).toEqual([['prop', 'type', 'default', 'meaning']]);
  const plain = (cell = '') => cell.replace(/^`(.*)`$/, '$1');
  return Object.fromEntries(
    cells.slice(2).map(([prop, type, fallback = '', meaning = '']) => {
      // Backticks within a sentence are the source's own.
      return [plain(prop), { type: plain(type), fallback: / /.test(fallback) ? fallback : plain(fallback), meaning }];
    }),
  );
}

function snippetsOf(text: string): string[] {
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
}

/** Runs a snippet as an app of its own. */
function run(code: string): IConstruct {
  const { code: commonJs } = transformSync(`${code}\nexport const root = (typeof stage === 'undefined' ? stack : stage).node.root;`, {
    jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const exported: { root?: IConstruct } = {};
  const requireAsApp = (id: string): unknown => {
    if (id === 'ai-native-blueprint') return lib;
    return require(id.replace(/^\.\/environments/, ENVIRONMENTS));
  };
  vm.compileFunction(commonJs, ['require', 'exports'])(requireAsApp, exported);
  if (!exported.root) throw new Error('The snippet has neither a `stack` nor a `stage`.');
  return exported.root;
}

/** What the construct of that name made in the first snippet of its page. */
function instancesOf(name: string, text: string): { own: CfnResource[]; nested: string[]; template: AssemblyTemplate } {
  const all = run(snippetsOf(text)[0] ?? '').node.findAll();
  const instances = all.filter((construct) => publicNameOf(construct) === name);
  if (instances.length !== 1) throw new Error(`The first snippet of ${name} makes ${instances.length} of it; it must make one.`);
  const own: CfnResource[] = [];
  const nested: string[] = [];
  const visit = (construct: IConstruct): void => {
    for (const child of construct.node.children) {
      const publicName = publicNameOf(child);
      if (publicName !== undefined) nested.push(publicName);
      else {
        if (CfnResource.isCfnResource(child)) own.push(child);
        visit(child);
      }
    }
  };
  for (const instance of instances) visit(instance);

  const below = instances.flatMap((instance) => instance.node.findAll()).filter((child) => CfnResource.isCfnResource(child));
  const templates = new Map<Stack, AssemblyTemplate>();
  const Resources = Object.fromEntries(
    below.map((resource) => {
      const stack = Stack.of(resource);
      const template = templates.get(stack) ?? (Template.fromStack(stack).toJSON() as AssemblyTemplate);
      templates.set(stack, template);
      const logicalId = String(stack.resolve(resource.logicalId));
      const definition = template.Resources[logicalId];
      if (definition === undefined) throw new Error(`${logicalId} is not in the template of ${stack.node.path}.`);
      return [`${stack.node.path}/${logicalId}`, definition];
    }),
  );
  return { own, nested, template: { Resources } };
}

/** Name under which the package exports the construct's class. */
function publicNameOf(construct: IConstruct): string | undefined {
  return constructs.find((name) => exportedClass(name)?.prototype === Object.getPrototypeOf(construct));
}
