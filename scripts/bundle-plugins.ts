import type { Plugin } from 'esbuild';

/**
 * Modules of Node whose namespace, as `import` makes it, reads properties that load more with the first look (`node:http` a whole fetch,
 * `node:process` the terminal), or that dependencies import for what is not used here. Required, they load what somebody asks for, when the
 * module that wants them is.
 */
const COSTLY = /^(?:node:)?(child_process|console|fs|fs\/promises|http|process|util|vm)$/;
const REQUIRED = 'required';

export const requireCostlyBuiltins: Plugin = {
  name: 'require-costly-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: COSTLY }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace('node:', ''), namespace: REQUIRED } : undefined,
    );
    onLoad({ filter: /./, namespace: REQUIRED }, ({ path }) => ({ contents: `module.exports = require('node:${path}');` }));
  },
};

/**
 * Everything here speaks HTTP/1.1: pools by their option (`http-pools.ts`), AWS clients by their handler. undici and the SDK would still load
 * `node:http2` for those who do not, 10 ms and 5 MB. Whoever comes to want it is told.
 */
export const withoutHttp2: Plugin = {
  name: 'without-http2',
  setup({ onResolve, onLoad }) {
    const refusal = `throw new Error('HTTP/2 is not part of this bundle.');`;
    onResolve({ filter: /^(?:node:)?http2$/ }, () => ({ path: 'http2', namespace: 'without' }));
    onLoad({ filter: /./, namespace: 'without' }, () => ({
      contents: `export const constants = {}; export const connect = () => { ${refusal} }; export default { constants, connect };`,
    }));
  },
};

const NON_ASCII = /[^\0-\x7f]/g;

/**
 * Escapes what esbuild leaves as it is, characters in regular expressions: one of them outside Latin-1 and V8 keeps the whole source in two bytes a
 * character.
 *
 * @throws Error for a raw template, where an escape would be text.
 */
export function toAscii(code: string): string {
  const raw = /String\.raw`[^`]*[^\0-\x7f][^`]*`/.exec(code);
  if (raw !== null) throw new Error(`A raw template must be ASCII in a bundle, received ${raw[0]}; use a plain one.`);
  return code.replaceAll(NON_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
