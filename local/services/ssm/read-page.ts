import { ServiceError } from '../../service';

/** The items after the one whose key is in the token, at most so many. Throws ServiceError for a token that is not ours. */
export function readPage<T>(
  items: readonly T[],
  maxResults: number,
  nextToken: string | undefined,
  keyOf: (item: T) => string,
): { readonly items: readonly T[]; readonly nextToken?: string } {
  let start = 0;
  if (nextToken !== undefined) {
    const last = Buffer.from(nextToken, 'base64url').toString('utf8');
    if (last === '') throw new ServiceError('InvalidNextToken', 'The specified token is not valid.');
    // By key and not by position: a parameter set between two pages moves no other off its page.
    start = items.findIndex((item) => keyOf(item) > last);
    if (start < 0) return { items: [] };
  }
  const page = items.slice(start, start + maxResults);
  const last = page.at(-1);
  return last !== undefined && start + page.length < items.length
    ? { items: page, nextToken: Buffer.from(keyOf(last)).toString('base64url') }
    : { items: page };
}
