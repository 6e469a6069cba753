import type { ApplyGuardrail, GuardrailSource } from './apply-guardrail';
import { cutAt } from './cut-at';
import type { GuardrailFinding, GuardrailVerdict } from './read-verdict';

/** Of one request: 25 text units, which is what AWS takes of an account in a second where nobody has asked for more. */
export const MAX_REQUEST_CHARACTERS = 25_000;
/** Requests under way for one call at a time. */
const MAX_AT_ONCE = 4;

interface Piece {
  /** Which of the texts it is of. */
  readonly of: number;
  readonly text: string;
}

/**
 * Holds any number of texts of any length to a guardrail, in as few requests as it takes; a text that is longer than one is cut between words. Empty
 * ones are not sent. After a block nothing more is asked.
 *
 * @throws Error of the first request that fails: then nothing of the texts is known to be allowed.
 */
export async function applyToTexts(apply: ApplyGuardrail, source: GuardrailSource, texts: readonly string[]): Promise<GuardrailVerdict> {
  const requests = inRequests(texts.flatMap(piecesOf));
  const verdicts: GuardrailVerdict[] = [];
  for (let next = 0; next < requests.length; next += MAX_AT_ONCE) {
    const some = requests.slice(next, next + MAX_AT_ONCE);
    const asked = some.map((pieces) =>
      apply(
        source,
        pieces.map(({ text }) => text),
      ),
    );
    verdicts.push(...(await Promise.all(asked)));
    if (verdicts.some(({ outcome }) => outcome === 'blocked')) break;
  }
  const findings: GuardrailFinding[] = verdicts.flatMap((verdict) => verdict.findings);
  const units = verdicts.reduce((sum, verdict) => sum + verdict.units, 0);
  if (verdicts.some(({ outcome }) => outcome === 'blocked')) return { outcome: 'blocked', texts: [], findings, units };
  if (verdicts.every(({ outcome }) => outcome === 'passed')) return { outcome: 'passed', texts: [], findings, units };
  return { outcome: 'masked', texts: joined(texts.length, requests, verdicts), findings, units };
}

function piecesOf(text: string, of: number): Piece[] {
  const pieces: Piece[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.length <= MAX_REQUEST_CHARACTERS ? rest.length : cutAt(rest, MAX_REQUEST_CHARACTERS);
    pieces.push({ of, text: rest.slice(0, end) });
    rest = rest.slice(end);
  }
  return pieces;
}

function inRequests(pieces: readonly Piece[]): Piece[][] {
  const requests: Piece[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    if (characters + piece.text.length > MAX_REQUEST_CHARACTERS) {
      requests.push([]);
      characters = 0;
    }
    requests.at(-1)?.push(piece);
    characters += piece.text.length;
  }
  return requests;
}

function joined(count: number, requests: readonly (readonly Piece[])[], verdicts: readonly GuardrailVerdict[]): string[] {
  const texts = Array.from({ length: count }, () => '');
  for (const [index, pieces] of requests.entries()) {
    const { outcome, texts: masked } = verdicts[index] as GuardrailVerdict;
    for (const [at, { of, text }] of pieces.entries()) texts[of] += outcome === 'masked' ? (masked[at] as string) : text;
  }
  return texts;
}
