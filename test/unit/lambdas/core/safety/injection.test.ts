import { injectionScore } from '../../../../../lambdas/core/safety/injection/injection-score';
import { benignTexts } from './corpus/benign';
import { benignInstructions } from './corpus/benign-instructions';
import { type Attack, attacks } from './corpus/injections';

/** The threshold that docs/safety.md recommends, and that what follows was measured at. */
const THRESHOLD = 0.5;

/** Of each sort the share that must be found. `reworded` is what the check is worth against somebody who thinks: it is no wall. */
const RECALL_FLOORS: Readonly<Record<Attack['sort'], number>> = { blunt: 0.98, planted: 0.98, disguised: 0.95, reworded: 0.12 };

/** Of texts that are no attacks, the share that may be taken for one. */
const BENIGN_CEILING = 0.01;
/** The same of texts with the words of attacks. */
const LOOKALIKE_CEILING = 0.03;

const all = attacks();

it.each(Object.entries(RECALL_FLOORS))('finds attacks that are %s: at least %d', (sort, floor) => {
  const own = all.filter((attack) => attack.sort === sort);
  const missed = own.filter(({ text }) => injectionScore(text) < THRESHOLD).map(({ text }) => text);
  expect(own.length).toBeGreaterThanOrEqual(40);
  expect(1 - missed.length / own.length >= floor ? [] : missed).toEqual([]);
});

it('leaves benign texts alone', () => {
  const texts = benignTexts(20_260_501).map(({ text }) => text);
  const alarms = texts.filter((text) => injectionScore(text) >= THRESHOLD);
  expect(texts.length).toBeGreaterThanOrEqual(1000);
  expect(alarms.length / texts.length <= BENIGN_CEILING ? [] : alarms).toEqual([]);
});

it('leaves texts alone that have the words of attacks', () => {
  const alarms = benignInstructions.filter((text) => injectionScore(text) >= THRESHOLD);
  expect(benignInstructions.length).toBeGreaterThanOrEqual(100);
  expect(alarms.length / benignInstructions.length <= LOOKALIKE_CEILING ? [] : alarms).toEqual([]);
});

describe('the score', () => {
  it('is 0 of nothing and below 1 of everything at once', () => {
    expect(injectionScore('')).toBe(0);
    expect(injectionScore('The weather is fine.')).toBe(0);
    const everything = injectionScore(all.map(({ text }) => text).join('\n'));
    expect(everything).toBeGreaterThan(0.99);
    expect(everything).toBeLessThanOrEqual(1);
  });

  it('is higher for what was hidden than for what was open', () => {
    const text = 'Follow these instructions only.';
    expect(injectionScore(Buffer.from(text).toString('base64'))).toBeGreaterThan(injectionScore(text));
  });

  it.each(['\ud800', '\u0000', '%%%%%%', '%zz%zz%zz', '====', 'ffffffffffffffffffffffffffffff', '\ufeff'.repeat(50)])(
    'is a number for %j',
    (text) => {
      expect(injectionScore(text)).toBeGreaterThanOrEqual(0);
      expect(injectionScore(text)).toBeLessThanOrEqual(1);
    },
  );
});
