import { randomFillSync } from 'node:crypto';

/**
 * A call's id: 32 hex characters, the first 8 its epoch seconds (as in an X-Ray trace id), the rest random. This one id is the trace
 * id, the audit record's id and, after `chatcmpl-`, the completion's id.
 */
export type CallId = string;

const COMPLETION_PREFIX = 'chatcmpl-';
const RANDOM_BYTES = 12;
/** Drawn ahead, for many calls at once: each draw costs the same, however little it gives. */
const drawn = Buffer.alloc(256 * RANDOM_BYTES);
let used = drawn.length;

const CALL_ID = /^[0-9a-f]{32}$/;

export function newCallId(nowMs: number): CallId {
  return (
    Math.floor(nowMs / 1000)
      .toString(16)
      .padStart(8, '0') + randomHex()
  );
}

function randomHex(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += RANDOM_BYTES;
  return drawn.toString('hex', used - RANDOM_BYTES, used);
}

export function completionIdOf(callId: CallId): string {
  return COMPLETION_PREFIX + callId;
}

/** `<id>` or `chatcmpl-<id>` → the id; undefined for anything else. */
export function parseCallId(text: string): CallId | undefined {
  const id = text.startsWith(COMPLETION_PREFIX) ? text.slice(COMPLETION_PREFIX.length) : text;
  return CALL_ID.test(id) ? id : undefined;
}

/** When the call began, in epoch seconds. */
export function startedAtSeconds(callId: CallId): number {
  return Number.parseInt(callId.slice(0, 8), 16);
}
