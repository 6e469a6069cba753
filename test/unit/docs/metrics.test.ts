import * as fs from 'node:fs';
import * as path from 'node:path';
import { metricCatalogue, promptDimension, serviceDimension } from '../../../config/metrics';
import { MAX_WATCHED_TENANTS } from '../../../config/schema';

const text = fs.readFileSync(path.resolve(__dirname, '..', '..', '..', 'docs', 'metrics.md'), 'utf8');

test('the page’s table is the catalogue', () => {
  const rows = [...text.matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| (`Environment.*?) \|/gm)].map(([, name, unit, sets]) => [
    name,
    { unit, dimensionSets: (sets ?? '').split('; ').map((set) => set.replaceAll('`', '').split(', ')) },
  ]);
  expect(rows.length).toBeGreaterThan(10);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(metricCatalogue).map(([name, { unit, dimensionSets }]) => [name, { unit, dimensionSets }])),
  );
});

test('its count of billed metrics is the catalogue’s', () => {
  const count = (dimension: string | undefined) =>
    Object.values(metricCatalogue).filter(({ dimensionSets }) =>
      dimensionSets.some((set: readonly string[]) => (dimension === undefined ? set.length === 1 : set.includes(dimension))),
    ).length;
  expect(text).toContain(`Here that is ${count(undefined)} for an environment, ${count('Model')} for each model`);
  expect(text).toContain(`and ${count('Service')} for each service`);
  expect(text).toContain(`${count('Tenant')} for each tenant that is watched`);
  expect(text).toContain(`and ${count('Prompt')} for each prompt`);
  expect(text).toContain(`at most ${MAX_WATCHED_TENANTS}: the number of others is not bounded`);
  expect(text).toContain(`the first ${promptDimension.maxNames} that it meets`);
  expect(text).toContain(`the first ${serviceDimension.maxNames} that it meets`);
});
