import { applyToTexts, MAX_REQUEST_CHARACTERS } from '../../../../../lambdas/core/guardrail/apply-to-texts';
import { cutAt, tailOf } from '../../../../../lambdas/core/guardrail/cut-at';
import type { GuardrailVerdict } from '../../../../../lambdas/core/guardrail/read-verdict';

/** A guardrail that masks `bob`, blocks `eve` and fails at `mallory`; it remembers what it was sent. */
function guardrail() {
  const sent: string[][] = [];
  const apply = async (_source: string, texts: readonly string[]): Promise<GuardrailVerdict> => {
    await Promise.resolve();
    sent.push([...texts]);
    const said = texts.join('');
    if (said.includes('mallory')) throw new Error('no verdict');
    if (said.includes('eve')) return { outcome: 'blocked', texts: [], findings: [{ name: 'words:custom', action: 'block' }], units: 1 };
    if (!said.includes('bob')) return { outcome: 'passed', texts: [], findings: [], units: 1 };
    return {
      outcome: 'masked',
      texts: texts.map((text) => text.replaceAll('bob', '{NAME}')),
      findings: [{ name: 'pii:name', action: 'redact' }],
      units: 1,
    };
  };
  return { apply, sent };
}

const long = (word: string, characters: number) => `${word} `.repeat(Math.ceil(characters / (word.length + 1)));

test('texts share a request as long as they fit, and empty ones are not sent', async () => {
  const { apply, sent } = guardrail();
  const verdict = await applyToTexts(apply, 'INPUT', ['alice', '', 'carol']);
  expect(sent).toEqual([['alice', 'carol']]);
  expect(verdict).toEqual({ outcome: 'passed', texts: [], findings: [], units: 1 });
});

test('a long text is cut between words, and comes together again with what was masked in it', async () => {
  const { apply, sent } = guardrail();
  const text = `${long('alice', 60_000)}bob ${long('carol', 30_000)}`;
  const verdict = await applyToTexts(apply, 'INPUT', ['first', text, 'last']);
  expect(sent.every((texts) => texts.join('').length <= MAX_REQUEST_CHARACTERS)).toBe(true);
  expect(sent.flat().every((piece) => /^(?:first|last|(?:(?:alice|bob|carol) )+)$/.test(piece))).toBe(true);
  expect(verdict).toMatchObject({ outcome: 'masked', texts: ['first', text.replace('bob', '{NAME}'), 'last'], units: sent.length });
});

test('nothing more is asked once something is blocked', async () => {
  const { apply, sent } = guardrail();
  const verdict = await applyToTexts(apply, 'INPUT', [`eve ${long('alice', 1_000_000)}`]);
  expect(verdict).toMatchObject({ outcome: 'blocked', texts: [] });
  expect(sent).toHaveLength(4);
});

test('one request without a verdict leaves none', async () => {
  const { apply } = guardrail();
  await expect(applyToTexts(apply, 'OUTPUT', [`${long('alice', 30_000)}mallory`])).rejects.toThrow('no verdict');
});

test('a cut divides neither a word, where there is white space, nor a character', () => {
  expect(cutAt('alpha beta gamma', 12)).toBe('alpha beta '.length);
  expect(cutAt('a bcdefghijkl', 8)).toBe(8);
  expect(cutAt('abc😀def', 4)).toBe(3);
});

test('a tail begins with a word', () => {
  expect(tailOf('alpha beta gamma', 8)).toBe('gamma');
  expect(tailOf('alpha beta gamma', 5)).toBe('gamma');
  expect(tailOf('alpha', 8)).toBe('alpha');
  expect(tailOf('alphabetagamma', 8)).toBe('');
});
