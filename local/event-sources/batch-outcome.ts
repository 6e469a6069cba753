import type { CallOutcome } from '../lambda/call-function';
import type { SourceRecord } from './record-source';

/** Index of the first record that is to be tried again; `undefined` when all are done. */
export type BatchOutcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string; readonly from: number };

const DONE: BatchOutcome = { kind: 'done' };

/**
 * Reads what a call says of its batch. With partial responses (`ReportBatchItemFailures`), the lowest position named is where to go on; as Lambda has it,
 * an answer that cannot be read, and an identifier that is no record of the batch, fail the whole.
 */
export function batchOutcomeOf(batch: readonly SourceRecord[], outcome: CallOutcome, partialResponses: boolean): BatchOutcome {
  if ('failure' in outcome) return { kind: 'failed', from: 0, reason: `${outcome.failure.errorType}: ${outcome.failure.errorMessage}` };
  if (!partialResponses) return DONE;
  const answer = outcome.answer.toString('utf8');
  const identifiers = readIdentifiers(answer);
  if (identifiers === undefined) {
    return { kind: 'failed', from: 0, reason: `the answer is no partial batch response: ${answer.slice(0, 200)}` };
  }
  if (identifiers.length === 0) return DONE;
  const indexes = identifiers.map((identifier) => batch.findIndex(({ position }) => position === identifier));
  const unknown = identifiers[indexes.indexOf(-1)];
  if (unknown !== undefined) return { kind: 'failed', from: 0, reason: `the answer names ${unknown}, which is no record of the batch` };
  return { kind: 'failed', from: Math.min(...indexes), reason: `the answer names ${identifiers.length} failed records` };
}

/** The identifiers that a partial batch response names. Undefined when the answer is not `{ batchItemFailures: [{ itemIdentifier }] }`; nothing at all is success. */
export function readIdentifiers(answer: string): readonly string[] | undefined {
  const parsed = parse(answer);
  if (parsed === null) return [];
  if (typeof parsed !== 'object') return undefined;
  const { batchItemFailures: failures = [] } = parsed as { readonly batchItemFailures?: unknown };
  if (failures === null) return [];
  if (!Array.isArray(failures)) return undefined;
  const identifiers = failures.map((failure: unknown) => (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier);
  return identifiers.every((identifier) => typeof identifier === 'string' && identifier !== '') ? (identifiers as string[]) : undefined;
}

function parse(answer: string): unknown {
  try {
    return answer === '' ? null : JSON.parse(answer);
  } catch {
    return answer;
  }
}
