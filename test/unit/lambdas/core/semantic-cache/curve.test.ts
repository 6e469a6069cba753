import { curveOf, pointAt, pointOfShare } from '../../../../../bench/semantic-cache/curve';
import { type Query, dayOf, replay } from '../../../../../bench/semantic-cache/replay';

const pairs = [
  { isSame: true, score: 0.9 },
  { isSame: false, score: 0.9 },
  { isSame: true, score: 0.8 },
  { isSame: true, score: undefined },
  { isSame: false, score: undefined },
];

test('pairs of one score pass together, vetoed ones at no threshold, and shares are of all duplicates', () => {
  expect(curveOf(pairs)).toEqual([
    { threshold: 0.9, hits: 2, falseHits: 1, foundShare: 1 / 3 },
    { threshold: 0.8, hits: 3, falseHits: 1, foundShare: 2 / 3 },
  ]);
  expect(pointAt(pairs, 0.85)).toEqual({ threshold: 0.85, hits: 2, falseHits: 1, foundShare: 1 / 3 });
});

test('a share is reached at the highest threshold that finds it, or never', () => {
  expect(pointOfShare(curveOf(pairs), 0.3)?.threshold).toBe(0.9);
  expect(pointOfShare(curveOf(pairs), 0.9)).toBeUndefined();
});

describe('a replayed day', () => {
  const queries: Query[] = [
    { text: 'a', intent: 'one' },
    { text: 'b', intent: 'one' },
    { text: 'c', intent: 'two' },
  ];

  test('has every text and the share of repeats, each of a call before it', () => {
    const day = dayOf(
      Array.from({ length: 1_000 }, (_, index) => ({ text: String(index), intent: 'one' })),
      0.2,
    );

    expect(new Set(day.map(({ text }) => text)).size).toBe(1_000);
    expect(Math.abs((day.length - 1_000) / day.length - 0.2)).toBeLessThan(0.03);
  });

  test('counts repeats as exact hits, near texts as semantic ones, and those of another intent as false', () => {
    const near = (text: string) => [{ text, similarity: 0.9 }];
    const neighbours = new Map([
      ['a', near('b')],
      ['b', near('a')],
      ['c', near('a')],
    ]);
    const day = [...queries, ...queries.slice(0, 1)];

    expect(replay(day, neighbours, () => true)).toEqual({ calls: 4, exactHits: 1, semanticHits: 2, falseHits: 1 });
    expect(replay(day, neighbours, () => false)).toEqual({ calls: 4, exactHits: 1, semanticHits: 0, falseHits: 0 });
  });
});
