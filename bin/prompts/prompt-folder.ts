import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { canonicalJson } from '../../lambdas/core/canonical-json';
import { compilePrompt } from '../../lambdas/core/prompts/compile-prompt';
import { type PromptContent, promptContent } from '../../lambdas/core/prompts/prompt-content';
import { PromptError } from '../../lambdas/core/prompts/prompt-error';
import { slug } from '../../lambdas/core/prompts/slug';
import { compileJsonSchema, UnusableSchemaError } from '../../lambdas/gateway/validation/json-schema-check';
import { InvalidInputError } from '../../lambdas/core/administration/registry-input';

/**
 * Prompts as files: `<folder>/<id>/prompt.json` says whose it is, `<folder>/<id>/v<n>/version.json` what a version is. A message's text stands in it
 * as `template`, or beside it in a file that it names.
 */
export interface PromptFolder {
  readonly id: string;
  readonly owner: string;
  readonly description: string | undefined;
  /** Ascending. */
  readonly versions: readonly { readonly version: number; readonly content: PromptContent }[];
}

/** DynamoDB's items end at 400 KB. */
const MAX_CONTENT_BYTES = 350_000;
const VERSION_FOLDER = /^v([1-9]\d{0,5})$/;
/** Of a folder in which a message may name files: nothing outside it. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

const promptFile = z.strictObject({ owner: z.string().min(1).max(128), description: z.string().max(1000).optional() });

/** @throws InvalidInputError naming the file, what is wrong in it and what to change. */
export function readPromptFolder(folder: string, id: string): PromptFolder {
  if (!slug.safeParse(id).success)
    throw new InvalidInputError(
      `"${id.slice(0, 80)}" can be no prompt: its id has 1 to 63 lower-case letters, digits and "-", not beginning with "-".`,
    );
  const place = path.join(folder, id);
  if (!existsSync(path.join(place, 'prompt.json')))
    throw new InvalidInputError(`There is no ${path.join(place, 'prompt.json')}: ${known(folder)}`);
  const { owner, description } = checked(promptFile, readJson(path.join(place, 'prompt.json')), path.join(place, 'prompt.json'));
  const versions = readdirSync(place)
    .filter((name) => statSync(path.join(place, name)).isDirectory())
    .map((name) => {
      const number = VERSION_FOLDER.exec(name)?.[1];
      if (number === undefined) throw new InvalidInputError(`${path.join(place, name)} is no version: their folders are v1, v2 and so on.`);
      return { version: Number(number), content: readVersion(path.join(place, name)) };
    })
    .toSorted((a, b) => a.version - b.version);
  if (versions.length === 0) throw new InvalidInputError(`${place} has no version yet: write ${path.join(place, 'v1', 'version.json')}.`);
  return { id, owner, description, versions };
}

/** Ids of all prompts in a folder. @throws InvalidInputError when there is no such folder. */
export function promptIdsIn(folder: string): readonly string[] {
  if (!existsSync(folder))
    throw new InvalidInputError(`There is no folder ${folder}: run this where your prompts are, or name it with --dir.`);
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'prompt.json')))
    .sort();
}

function known(folder: string): string {
  const ids = promptIdsIn(folder);
  return ids.length === 0 ? `no folder in ${folder} is a prompt.` : `${folder} has ${ids.join(', ')}.`;
}

function readVersion(place: string): PromptContent {
  const file = path.join(place, 'version.json');
  const content = checked(promptContent, withMessageFiles(readJson(file), place), file);
  try {
    compilePrompt(content);
    if (content.output !== undefined) compileJsonSchema(content.output.schema);
  } catch (error) {
    if (error instanceof UnusableSchemaError) throw new InvalidInputError(`${file}, output.schema: ${error.message}`);
    if (error instanceof PromptError) throw new InvalidInputError(`${file}${placeIn(error)}: ${error.message}`);
    throw error;
  }
  const bytes = Buffer.byteLength(canonicalJson(content));
  if (bytes <= MAX_CONTENT_BYTES) return content;
  throw new InvalidInputError(
    `${file} has ${bytes} bytes with its messages; ${MAX_CONTENT_BYTES} are allowed. Pass long texts as variables.`,
  );
}

function placeIn({ place }: PromptError): string {
  return place === undefined ? '' : `, message ${place.message + 1}, line ${place.line}, column ${place.column}`;
}

/** What `file` names becomes `template`. Anything that is not as it should be is left for the schema to say. */
function withMessageFiles(value: unknown, place: string): unknown {
  if (!isRecord(value) || !Array.isArray(value.messages)) return value;
  const messages = value.messages.map((message: unknown) => {
    if (!isRecord(message) || typeof message.file !== 'string' || message.template !== undefined) return message;
    const { file, ...rest } = { ...message, file: message.file };
    if (!FILE_NAME.test(file)) throw new InvalidInputError(`${place} names "${file}": a message's file lies beside version.json.`);
    // The last line's end is the editor's.
    return { ...rest, template: readText(path.join(place, file)).replace(/\r\n/g, '\n').replace(/\n$/, '') };
  });
  return { ...value, messages };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new InvalidInputError(`${file} cannot be read: is it there?`);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidInputError(`${file} is no JSON: ${error.message}`);
    throw error;
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`${file} is not as it should be:\n${z.prettifyError(parsed.error)}`);
}
