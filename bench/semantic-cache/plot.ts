import { type Point, curveOf, pointAt } from './curve';
import type { ScoredPairs } from './pairs';

const [WIDTH, HEIGHT] = [720, 440];
const MARGIN = { left: 64, right: 24, top: 24, bottom: 56 };
/** Of the duplicates; beyond it ours, which refuses by veto, finds none. */
const MOST_FOUND = 0.6;
const STEP = 0.1;
const COLOURS = { plain: '#b45309', ours: '#1d4ed8' };

/** False hits against the share of duplicates found, as SVG. The dot stands at the default threshold. */
export function plot({ plain, ours }: ScoredPairs, defaultThreshold: number): string {
  const curves = { plain: curveOf(plain), ours: curveOf(ours) };
  const visible = Object.values(curves).flatMap((curve) => curve.filter(({ foundShare }) => foundShare <= MOST_FOUND));
  const most = Math.ceil(Math.max(...visible.map(({ falseHits }) => falseHits)) / 100) * 100;
  const x = (share: number) => round(MARGIN.left + (share / MOST_FOUND) * (WIDTH - MARGIN.left - MARGIN.right));
  const y = (falseHits: number) => round(HEIGHT - MARGIN.bottom - (falseHits / most) * (HEIGHT - MARGIN.top - MARGIN.bottom));
  const line = (curve: readonly Point[], colour: string) => {
    const points = curve
      .filter(({ foundShare }, index) => foundShare <= MOST_FOUND && index % 4 === 0)
      .map((point) => `${x(point.foundShare)},${y(point.falseHits)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  };
  const shares = Array.from({ length: Math.round(MOST_FOUND / STEP) + 1 }, (_, index) => index * STEP);
  const counts = Array.from({ length: 6 }, (_, index) => (index * most) / 5);
  const chosen = pointAt(ours, defaultThreshold);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${shares.map((share) => `<text x="${x(share)}" y="${HEIGHT - 34}" text-anchor="middle">${Math.round(100 * share)}%</text>`).join('\n')}
${counts.map((count) => `<line x1="${x(0)}" x2="${x(MOST_FOUND)}" y1="${y(count)}" y2="${y(count)}" stroke="#e5e7eb"/><text x="${x(0) - 8}" y="${y(count) + 4}" text-anchor="end">${count}</text>`).join('\n')}
${line(curves.plain, COLOURS.plain)}
${line(curves.ours, COLOURS.ours)}
<circle cx="${x(chosen.foundShare)}" cy="${y(chosen.falseHits)}" r="5" fill="${COLOURS.ours}"/>
<text x="${x(chosen.foundShare) + 10}" y="${y(chosen.falseHits) + 16}" fill="${COLOURS.ours}">default, ${defaultThreshold}</text>
<text x="${x(0) + 16}" y="44" fill="${COLOURS.plain}">plain cosine</text>
<text x="${x(0) + 16}" y="64" fill="${COLOURS.ours}">score and vetoes</text>
<text x="${WIDTH / 2}" y="${HEIGHT - 10}" text-anchor="middle">true duplicates found</text>
<text x="16" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})">false hits</text>
</svg>
`;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
