import type { PlatformDocument } from '../core/platform';
import { createGuard, type Guard, type GuardedPart } from '../core/safety/guard';
import { isJson } from '../core/safety/json-strings';
import type { SafetyPolicy } from '../core/safety/safety-policy';
import type { Call } from './call';
import type { AnswerRecorder } from './run-tally';
import { textsOf, withTexts } from './safety/request-texts';

type Recorded = Pick<Call, 'restore' | 'hasFinds'>;
type Keeping = Pick<PlatformDocument, 'auditContent'>;

const redactAll = { kinds: {}, others: 'redact' as const };
/** Whatever is found is replaced, of the kinds too that a later version finds. */
const POLICY: SafetyPolicy = {
  input: { ...redactAll, restore: false },
  retrieved: redactAll,
  output: redactAll,
  rules: [],
  injection: {},
};

let guard: Guard | undefined;
/** Compiled once, where it is needed at all. */
const recordsGuard = (): Guard => (guard ??= createGuard(POLICY));

/**
 * What records have of what a call says: all of it, or with placeholders for whatever the detectors find, where the environment's `auditContent` is `redacted`,
 * whatever its safety policy lets the model see. A value that the policy has replaced keeps its placeholder. Notes on the call whether there was anything.
 */
export function forRecords<T extends object>(call: Recorded, said: T, { auditContent }: Keeping): T {
  if (auditContent !== 'redacted') return said;
  const texts = textsOf(said);
  call.restore ??= newRestore();
  const guarded = recordsGuard().outputForRecords(texts.map(lookedAt), call.restore);
  if (guarded.blocked) throw new Error('The policy of records blocks nothing.');
  if (guarded.texts.some((text, index) => text !== texts[index]?.text)) call.hasFinds = true;
  return withTexts(said, guarded.texts);
}

/** An answer on its way into the records. @param isWhole Of one that was cut nothing is kept: what its end began to say cannot be told. */
export function recorderFor(call: Recorded, recorder: AnswerRecorder, platform: Keeping, isWhole: () => boolean): AnswerRecorder {
  if (platform.auditContent !== 'redacted') return recorder;
  return {
    message() {
      try {
        const message = isWhole() ? recorder.message() : undefined;
        return message && forRecords(call, message, platform);
      } catch {
        // What cannot be looked at is not kept; its settlement is.
        call.hasFinds = true;
        return undefined;
      }
    },
  };
}

function newRestore(): NonNullable<Recorded['restore']> {
  const guarded = recordsGuard().input([]);
  if (guarded.blocked) throw new Error('The policy of records blocks nothing.');
  return guarded.restore;
}

/**
 * A text that is an object or a list in JSON is read as it will be: what it escapes is found, and it stays JSON. In any other text, which may quote JSON, escaped
 * characters of ASCII stand in the records as what they are.
 */
function lookedAt({ text, format }: GuardedPart): Pick<GuardedPart, 'text' | 'format'> {
  if (format === 'json' || (/^\s*[[{]/.test(text) && isJson(text))) return { text, format: 'json' };
  return {
    text: text.replaceAll(ESCAPED_ASCII, (_escape, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    format: 'text',
  };
}

const ESCAPED_ASCII = /\\u00([2-7][\da-f])/gi;
