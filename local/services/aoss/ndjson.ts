import { searchError } from './errors';

/** The lines of a body of JSON lines, each parsed. @throws ServiceError where the last line has no end, or one is not JSON */
export function readLines(body: Buffer, request: 'bulk' | 'msearch'): unknown[] {
  const text = body.toString('utf8');
  if (text === '') throw searchError('parse_exception', 'request body is required');
  if (!text.endsWith('\n')) throw searchError('illegal_argument_exception', `The ${request} request must be terminated by a newline [\\n]`);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, index) => {
      try {
        return JSON.parse(line) as unknown;
      } catch {
        throw searchError('illegal_argument_exception', `Malformed line [${index + 1}] of the ${request} request: it is not JSON`);
      }
    });
}
