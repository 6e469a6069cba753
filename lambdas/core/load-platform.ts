import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type PlatformDocument, platformDocument } from './platform';

/**
 * Reads `platform.json` from the directory of the function's bundle. Once, at cold start.
 *
 * The directory is `LAMBDA_TASK_ROOT`, which Lambda sets: a CommonJS source bundled as an ES module has neither `__dirname` nor a
 * typed `import.meta`.
 *
 * @throws Error naming the file and what is wrong with it.
 */
export function loadPlatform(directory: string | undefined): PlatformDocument {
  if (directory === undefined || directory === '') {
    throw new Error('LAMBDA_TASK_ROOT is not set: it names the directory that holds platform.json, beside the bundle.');
  }
  const path = join(directory, 'platform.json');
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} cannot be read as JSON: ${String(cause)}`, { cause });
  }
  const result = platformDocument.safeParse(parsed);
  if (!result.success) throw new Error(`${path} is not a platform document:\n${z.prettifyError(result.error)}`);
  return result.data;
}
