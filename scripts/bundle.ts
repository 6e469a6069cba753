import * as fs from 'node:fs';
import * as path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { requireCostlyBuiltins, toAscii, withoutHttp2 } from './bundle-plugins';

const ROOT = path.resolve(__dirname, '..');

/** Bundles written in CommonJS style by some dependencies still call `require` for Node's own modules. */
const REQUIRE_BANNER = "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);";

/**
 * Builds every function of `lambdas/` that has an `index.ts` into `dist/lambdas/<name>/index.mjs`, and every agent of `lambdas/agents/` into
 * `dist/lambdas/agents/<name>/index.mjs`. Same sources, same bytes, in any folder.
 */
export async function bundleAll(outputFolder = path.join(ROOT, 'dist', 'lambdas')): Promise<string[]> {
  const names = [...functionsIn(''), ...functionsIn('agents/')];
  await bundle(
    names.map((name) => ({ in: `lambdas/${name}/index.ts`, out: `${name}/index` })),
    outputFolder,
  );
  return names;
}

/** @param folder Of `lambdas/`: empty, or with a slash at its end. */
function functionsIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, 'lambdas', folder))
    .map((name) => `${folder}${name}`)
    .filter((name) => fs.existsSync(path.join(ROOT, 'lambdas', name, 'index.ts')));
}

/**
 * Builds the runtime of agents into `dist/agents/index.js`, for functions of other apps: with the libraries that it is made of, so that those apps
 * need none of them, but for zod, whose schemas pass between the two.
 */
export async function bundleAgentRuntime(outputFolder = path.join(ROOT, 'dist', 'agents')): Promise<void> {
  await bundle([{ in: 'lambdas/core/agents/index.ts', out: 'index' }], outputFolder, {
    minifyIdentifiers: false,
    keepNames: false,
    format: 'cjs',
    external: ['zod'],
    outExtension: { '.js': '.js' },
    banner: {},
  });
}

/** Builds the gateway as a server into `dist/server/index.mjs`. */
export async function bundleServer(outputFolder = path.join(ROOT, 'dist', 'server')): Promise<void> {
  // A server is loaded once: names stay as they are instead of being set again on each function that is made, at as much as a call's own work.
  await bundle([{ in: 'lambdas/gateway/server.ts', out: 'index' }], outputFolder, { minifyIdentifiers: false, keepNames: false });
}

async function bundle(
  entryPoints: { readonly in: string; readonly out: string }[],
  outputFolder: string,
  own: BuildOptions = { minifyIdentifiers: true, keepNames: true },
): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: outputFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: REQUIRE_BANNER },
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [requireCostlyBuiltins, withoutHttp2],
    ...own,
    write: false,
  });
  for (const { path: file, text } of outputFiles) writeIfChanged(file, Buffer.from(toAscii(text)));
}

/** What is there already is left alone: somebody may be reading it. */
function writeIfChanged(file: string, contents: Uint8Array): void {
  if (fs.existsSync(file) && fs.readFileSync(file).equals(contents)) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, contents);
}

if (require.main === module) {
  Promise.all([bundleAll(), bundleServer()]).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
