import type { NewDocument, PutResult } from './types';

/** Below the service's limit for a request, with room for a few thousand vectors. */
const MAX_BULK_BYTES = 4 * 1024 * 1024;

/** Fields of every document of an index, as `lib/constructs/vector-index.ts` maps them. */
export const VECTOR_FIELD = 'vector';
export const TEXT_FIELD = 'text';

interface BulkItem {
  readonly _id?: string | null;
  readonly status: number;
  readonly error?: { readonly type?: string };
}

export interface BulkAnswer {
  readonly items: readonly Readonly<Record<string, BulkItem>>[];
}

/** The lines that add a document. The id is left to the service: it takes none. */
export function linesToAdd({ vector, text, fields }: NewDocument): string {
  return `{"index":{}}\n${JSON.stringify({ ...fields, [VECTOR_FIELD]: vector, ...(text !== undefined && { [TEXT_FIELD]: text }) })}\n`;
}

export function lineToDelete(id: string): string {
  return `${JSON.stringify({ delete: { _id: id } })}\n`;
}

/** Joins pieces to bodies within the limit; a piece beyond it stands alone, and is for the service to refuse. */
export function inBodies(pieces: readonly string[]): string[] {
  const bodies: string[] = [];
  let body = '';
  let bytes = 0;
  for (const piece of pieces) {
    const length = Buffer.byteLength(piece);
    if (bytes > 0 && bytes + length > MAX_BULK_BYTES) {
      bodies.push(body);
      body = '';
      bytes = 0;
    }
    body += piece;
    bytes += length;
  }
  if (bytes > 0) bodies.push(body);
  return bodies;
}

export function putResultOf(item: Readonly<Record<string, BulkItem>>): PutResult {
  const { _id: id, status = 500, error } = Object.values(item)[0] ?? {};
  if (error === undefined && typeof id === 'string') return { id };
  return { error: error?.type ?? 'unknown', status };
}

/** Whether the document of the item is gone: deleted now, or before. */
export function isGone(item: Readonly<Record<string, BulkItem>>): boolean {
  const { status, error } = Object.values(item)[0] ?? {};
  return error === undefined && (status === 200 || status === 404);
}
