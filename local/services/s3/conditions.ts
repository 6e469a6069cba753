import { ServiceError } from '../../service';
import type { ObjectVersion } from './bucket';
import { invalidArgument, noSuchKey, preconditionFailed } from './errors';

type Headers = Readonly<Record<string, string>>;

/**
 * Whether a write may go ahead; `current` is what the key holds, undefined also for a delete marker.
 *
 * @throws ServiceError: PreconditionFailed, NoSuchKey for `If-Match` where nothing is, InvalidArgument for what S3 does not take
 */
export function checkWriteConditions(headers: Headers, key: string, current: ObjectVersion | undefined): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw invalidArgument('If-Match and If-None-Match cannot both be given.');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') {
      throw new ServiceError('NotImplemented', 'A header you provided implies functionality that is not implemented', 501, {
        Header: 'If-None-Match',
        additionalMessage: 'We don\'t accept the provided value of If-None-Match header for this API: it takes "*" alone.',
      });
    }
    if (current) throw preconditionFailed('If-None-Match');
  }
  if (ifMatch === undefined) return;
  if (!current) throw noSuchKey(key);
  if (!matches(ifMatch, current)) throw preconditionFailed('If-Match');
}

/** What a conditional read comes to. */
export function readOutcome(headers: Headers, version: ObjectVersion): 'send' | 'not-modified' {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined && !matches(ifMatch, version)) throw preconditionFailed('If-Match');
  return ifNoneMatch !== undefined && matches(ifNoneMatch, version) ? 'not-modified' : 'send';
}

function matches(header: string, { etag }: ObjectVersion): boolean {
  return header.split(',').some((candidate) => candidate.trim() === '*' || candidate.trim().replace(/^"(.*)"$/, '$1') === etag);
}
