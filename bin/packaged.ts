import * as path from 'node:path';

/** The repository's root, or what takes its place in the package: prompts and suites of the shipped agents lie there in both. */
const ROOT = path.resolve(__dirname, '..');

export const PACKAGED_PROMPTS = path.join(ROOT, 'prompts');
export const PACKAGED_EVALS = path.join(ROOT, 'evals');
