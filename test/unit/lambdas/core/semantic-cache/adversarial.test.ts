import * as fs from 'node:fs';
import * as path from 'node:path';
import { judge } from '../../../../../lambdas/core/semantic-cache/judge';
import { defaultSemanticCacheSettings } from '../../../../../lambdas/core/semantic-cache/settings';

const FOLDER = path.join(__dirname, 'adversarial');
/** As near as two texts can be: whatever an embedding model thinks of the pair, the vetoes have to see it. */
const SIMILARITY = 1;

const kinds = fs.readdirSync(FOLDER).map((file) => ({
  kind: path.basename(file, '.txt'),
  pairs: fs
    .readFileSync(path.join(FOLDER, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' | ')),
}));

test('there are at least 300 pairs, each of two different texts', () => {
  const pairs = kinds.flatMap((kind) => kind.pairs);

  expect(pairs.length).toBeGreaterThanOrEqual(300);
  expect(pairs.filter((pair) => pair.length !== 2 || pair[0] === pair[1])).toEqual([]);
});

test.each(kinds)('no pair of $kind is a hit, in either order', ({ pairs }) => {
  const hits = pairs.filter(
    ([left = '', right = '']) =>
      judge(left, right, SIMILARITY, defaultSemanticCacheSettings).isHit ||
      judge(right, left, SIMILARITY, defaultSemanticCacheSettings).isHit,
  );

  expect(hits).toEqual([]);
});
