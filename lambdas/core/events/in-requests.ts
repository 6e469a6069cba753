import { bytesOf, type Entry, MAX_REQUEST_BYTES } from './entry';

/** Of a request of `PutEvents`. */
const MAX_ENTRIES = 10;

/** Entries in as few requests as EventBridge takes them in, in their order. */
export function inRequests(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const requests: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = requests.at(-1);
    const size = bytesOf(entry);
    if (last && last.length < MAX_ENTRIES && bytes + size <= MAX_REQUEST_BYTES) {
      last.push(entry);
      bytes += size;
    } else {
      requests.push([entry]);
      bytes = size;
    }
  }
  return requests;
}
