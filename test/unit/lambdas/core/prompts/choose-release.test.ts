import * as fc from 'fast-check';
import { chooseRelease } from '../../../../../lambdas/core/prompts/choose-release';
import { labelOf } from '../../support/prompts';

const subjects = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
const versionsOf = (label: ReturnType<typeof labelOf>, prompt = 'p') =>
  subjects.map((subject) => chooseRelease(prompt, label, subject).version);
const share = (of: readonly unknown[], wanted: unknown) => of.filter((one) => one === wanted).length / of.length;

/** Three standard deviations of a binomial share of all subjects. */
const deviation = (of: number) => 3 * Math.sqrt((of * (1 - of)) / subjects.length);

test('a subject is given the same release each time', () => {
  const arms = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 2, version: 2, model: 'm' },
  ];
  const labels = [labelOf({ canary: { version: 2, percent: 30 } }), labelOf({ experiment: { id: 'e', arms } })];
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...labels), (subject, label) => {
      expect(chooseRelease('p', label, subject)).toEqual(chooseRelease('p', label, subject));
    }),
  );
});

test.each([1, 10, 50, 99])('a canary of %d %% has that share of the subjects, and nobody else has', (percent) => {
  const versions = versionsOf(labelOf({ version: 1, canary: { version: 2, percent } }));
  expect(Math.abs(share(versions, 2) - percent / 100)).toBeLessThan(deviation(percent / 100));
  expect(share(versions, 1) + share(versions, 2)).toBe(1);
});

test('a canary that grows keeps those whom it had', () => {
  const [small, large] = [5, 20].map((percent) => versionsOf(labelOf({ canary: { version: 2, percent } })));
  small?.forEach((version, index) => {
    if (version === 2) expect(large?.[index]).toBe(2);
  });
});

test('prompts have canaries of different subjects', () => {
  const label = labelOf({ canary: { version: 2, percent: 50 } });
  const [one, other] = [versionsOf(label, 'one'), versionsOf(label, 'other')];
  expect(
    share(
      one.map((version, index) => version === other[index]),
      true,
    ),
  ).toBeCloseTo(0.5, 1);
});

test('arms have their weights’ shares, of version and model each their own or the label’s', () => {
  const arms = [
    { name: 'control', weight: 3 },
    { name: 'new', weight: 1, version: 2 },
    { name: 'large', weight: 4, model: 'large-1' },
  ];
  const releases = subjects.map((subject) => chooseRelease('p', labelOf({ version: 7, experiment: { id: 'e', arms } }), subject));
  const names = releases.map(({ experiment }) => experiment?.arm);
  for (const { name, weight } of arms) expect(Math.abs(share(names, name) - weight / 8)).toBeLessThan(deviation(weight / 8));
  expect(releases.find(({ experiment }) => experiment?.arm === 'control')).toEqual({
    version: 7,
    isCanary: false,
    experiment: { id: 'e', arm: 'control' },
  });
  expect(releases.find(({ experiment }) => experiment?.arm === 'new')).toMatchObject({ version: 2 });
  expect(releases.find(({ experiment }) => experiment?.arm === 'large')).toMatchObject({ version: 7, model: 'large-1' });
});

test('another experiment mixes the subjects anew', () => {
  const arms = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 1 },
  ];
  const armsIn = (id: string) =>
    subjects.map((subject) => chooseRelease('p', labelOf({ experiment: { id, arms } }), subject).experiment?.arm);
  const [first, second] = [armsIn('first'), armsIn('second')];
  expect(
    share(
      first.map((arm, index) => arm === second[index]),
      true,
    ),
  ).toBeCloseTo(0.5, 1);
});

test('copies are made of every arm alike', () => {
  const arms = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 1 },
  ];
  const shadow = { name: 's', percent: 20, microUsdPerDay: 1 };
  const releases = subjects.map((subject) => chooseRelease('p', labelOf({ experiment: { id: 'e', arms, shadow } }), subject));
  for (const arm of ['a', 'b']) {
    const ofArm = releases.filter(({ experiment }) => experiment?.arm === arm);
    expect(
      share(
        ofArm.map((release) => release.shadow !== undefined),
        true,
      ),
    ).toBeCloseTo(0.2, 1);
  }
});
