import { createGuard } from '../../../../../lambdas/core/safety/guard';
import { kinds } from '../../../../../lambdas/core/safety/kinds';
import { Random } from './corpus/random';
import { samples } from './corpus/samples';
import { policyWith } from './policies';

const guard = createGuard(
  policyWith({
    output: { kinds: { private_key: 'block' }, others: 'redact' },
    input: { kinds: { private_key: 'block' }, others: 'redact' },
    rules: [{ name: 'falcon', action: 'block', directions: ['output'], phrases: ['project falcon'], patterns: [] }],
  }),
);

/** A call in which each placeholder that the texts have stands for something. */
function restoreOf() {
  const guarded = guard.input([
    { text: 'kwame@example.org, Dear Kwame Mensah, 4111 1111 1111 1111', origin: 'input', format: 'text', checkInjection: false },
  ]);
  if (guarded.blocked) throw new Error('It was blocked.');
  return guarded.restore;
}

/** An answer that comes in these pieces: what was given on, and what was known at the end. */
function streamed(pieces: readonly string[]) {
  const stream = guard.outputStream(restoreOf());
  const out = pieces.map((piece) => stream.push(piece));
  return { out: out.join('') + stream.end(), blocked: stream.blocked, verdict: stream.verdict };
}

const bySamples = samples(41);
const TEXTS = [
  ...kinds
    .flatMap((kind) => bySamples.filter(({ expected }) => expected.kind === kind && expected.end - expected.start < 700).slice(0, 3))
    .map(({ text }) => text),
  'To [EMAIL_1], [EMAIL_2], [PERSON_1]: [CARD_1].',
  '[EMAIL_1',
  '[[EMAIL_1]]',
  'About Project Falcon, as we said to a@b.io',
  'Project  Falco',
  '',
  'a',
  '😀 to 李@例え.jp and back 😀',
  'x'.repeat(300),
];

it('has texts of all kinds but the longest', () => {
  expect(TEXTS.length).toBeGreaterThan(80);
});

it.each(TEXTS)('%j comes out the same, cut at any one place', (text) => {
  const whole = streamed([text]);
  for (let cut = 0; cut <= text.length; cut++) expect(streamed([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
});

it('comes out the same unit by unit, and in pieces of any length', () => {
  const random = new Random(11);
  for (const text of TEXTS) {
    const whole = streamed([text]);
    expect(streamed(text.split(''))).toEqual(whole);
    for (let round = 0; round < 5; round++) {
      const pieces: string[] = [];
      for (let at = 0; at < text.length; ) {
        const end = at + random.int(1, 12);
        pieces.push(text.slice(at, end));
        at = end;
      }
      expect(streamed(pieces)).toEqual(whole);
    }
  }
});

it('equals the answer that is looked at as a whole', () => {
  let compared = 0;
  for (const text of TEXTS) {
    const plain = guard.output([{ text, format: 'text' }], restoreOf());
    const stream = streamed([text]);
    expect(stream.blocked).toBe(plain.blocked);
    if (plain.blocked) continue;
    expect(stream.out).toBe(plain.texts[0]);
    expect(stream.verdict).toEqual(plain.verdict);
    compared++;
  }
  expect(compared).toBeGreaterThan(70);
});

it('gives on nothing of what it blocks, nor anything after', () => {
  const text = 'The plan of Project Falcon is this: a@b.io';
  for (let cut = 0; cut <= text.length; cut++) expect(streamed([text.slice(0, cut), text.slice(cut)]).out).toBe('The plan of ');
});

describe('what is held back', () => {
  /** Units that have come and were neither given on nor replaced yet, at most. */
  function mostHeld(text: string): number {
    const stream = guard.outputStream(restoreOf());
    let most = 0;
    let given = 0;
    for (const [index, unit] of text.split('').entries()) {
      given += stream.push(unit).length;
      most = Math.max(most, index + 1 - given);
    }
    return most;
  }

  it('of prose is no more than a phrase', () => {
    const prose = 'The weather of the coming week will be fair, with some rain in the north; nobody knows why it is so warm. '.repeat(20);
    expect(mostHeld(prose)).toBeLessThanOrEqual(40);
  });

  it.each(['x', '1', 'x.', 'A ', ' ', 'eyJ'])('of %j over and over is no more than the longest thing of the kinds', (unit) => {
    expect(mostHeld(unit.repeat(Math.ceil(6000 / unit.length)))).toBeLessThanOrEqual(4200);
  });
});
