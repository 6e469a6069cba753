import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { InvalidInputError } from '../../lambdas/core/administration/registry-input';
import { slug } from '../../lambdas/core/prompts/slug';

/** Suites as files: `<folder>/<name>.json`, the name that a prompt's version has as `evalSuite`. */

const literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What a member of the answer has to be: this, one of these, or a number within bounds, both included. */
const expectation = z.union([
  literal,
  z.strictObject({ oneOf: z.array(literal).min(1) }),
  z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => (min ?? max) !== undefined && (min ?? -Infinity) <= (max ?? Infinity), {
      error: 'bounds: min, max or both, min not above max',
    }),
]);

const evalCase = z.strictObject({
  /** Names it in reports. */
  id: z.string().min(1).max(128),
  /** Of the prompt, as a caller gives them. */
  variables: z.record(z.string(), z.json()),
  /** By member of the answer. Empty: that it holds to its schema is enough. */
  expect: z.record(z.string(), expectation),
});

const suiteFile = z
  .strictObject({
    /** Counts the suite's changes: rates of different revisions are not compared. */
    revision: z.int().positive(),
    /** The least share of cases that must pass, from 0 to 1. */
    floor: z.number().min(0).max(1),
    cases: z.array(evalCase).min(1).max(10_000),
  })
  .refine(({ cases }) => new Set(cases.map(({ id }) => id)).size === cases.length, {
    path: ['cases'],
    error: 'cases with an id of their own each',
  });

export type Expectation = z.infer<typeof expectation>;
export type EvalCase = z.infer<typeof evalCase>;
export type EvalSuite = z.infer<typeof suiteFile> & { readonly name: string };

/** @throws InvalidInputError naming the file, what is wrong in it and what to change. */
export function readSuite(folder: string, name: string): EvalSuite {
  const file = path.join(folder, `${name}.json`);
  if (!slug.safeParse(name).success || !existsSync(file)) throw new InvalidInputError(`There is no suite ${file}: ${known(folder)}`);
  const parsed = suiteFile.safeParse(readJson(file));
  if (parsed.success) return { ...parsed.data, name };
  throw new InvalidInputError(`${file} is no suite:\n${z.prettifyError(parsed.error)}`);
}

function known(folder: string): string {
  if (!existsSync(folder)) return `there is no folder ${folder}; run this where your suites are, or name it with --evals.`;
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.length === 0 ? `${folder} has none.` : `${folder} has ${names.join(', ')}.`;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidInputError(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
