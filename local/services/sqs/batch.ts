import { ServiceError } from '../../service';
import { legacyCodeOf } from './errors';
import { type Input, objectsOf } from './members';

const MAX_ENTRIES = 10;

/**
 * The entries of a batch.
 *
 * @throws ServiceError for a batch that SQS refuses as a whole
 */
export function readEntries(input: Input): readonly Input[] {
  const entries = objectsOf(input, 'Entries');
  if (entries.length === 0) throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_ENTRIES) {
    throw new ServiceError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map(({ Id: id }) => id);
  const invalid = ids.find((id) => typeof id !== 'string' || !/^[\w-]{1,80}$/.test(id));
  if (invalid !== undefined || ids.includes(undefined)) {
    throw new ServiceError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  if (new Set(ids).size < ids.length)
    throw new ServiceError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  return entries;
}

/** Each entry by itself: what one is refused for does not touch the others. */
export function eachEntry(entries: readonly Input[], run: (entry: Input) => Input): Input {
  const results = entries.map((entry) => {
    try {
      return { done: { Id: entry.Id, ...run(entry) } };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { failed: { Id: entry.Id, SenderFault: true, Code: legacyCodeOf(error.code), Message: error.message } };
    }
  });
  const failed = results.flatMap((result) => (result.failed ? [result.failed] : []));
  return {
    Successful: results.flatMap((result) => (result.done ? [result.done] : [])),
    ...(failed.length > 0 && { Failed: failed }),
  };
}
