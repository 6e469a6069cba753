import * as fs from 'node:fs';
import * as path from 'node:path';
import { synthEnvironment } from '../helpers/synth';
import { brokenPins, type Pins, pinsOf } from './pins';

/** `UPDATE_PINS=1 npm test -- test/synth/pins` writes the baseline anew, for a change of state that is meant. */
const BASELINE = path.join(__dirname, 'pins.json');
const ENVIRONMENTS = ['dev', 'staging', 'prod'];

const actual = Object.fromEntries(ENVIRONMENTS.map((name) => [name, pinsOf(synthEnvironment(name).templates)]));
if (process.env.UPDATE_PINS) fs.writeFileSync(BASELINE, `${JSON.stringify(actual, null, 2)}\n`);
const baseline = JSON.parse(fs.readFileSync(BASELINE, 'utf8')) as Record<string, Pins>;

test.each(ENVIRONMENTS)('stateful resources of %s are where they were', (name) => {
  expect(Object.keys(baseline[name]?.data ?? {}).length).toBeGreaterThanOrEqual(4);
  expect(brokenPins(baseline[name] ?? {}, actual[name] ?? {})).toEqual([]);
  // A new stateful resource is pinned in the change that adds it.
  expect(actual[name]).toEqual(baseline[name]);
});

test.each(['staging', 'prod'])('%s retains its state, protected from deletion', (name) => {
  const { templates } = synthEnvironment(name);
  const tables = Object.values(templates.data?.Resources ?? {}).filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable');
  expect(tables.length).toBeGreaterThan(2);
  for (const table of tables) {
    expect(table.DeletionPolicy).toBe('Retain');
    const [replica] = (table.Properties?.Replicas ?? []) as {
      DeletionProtectionEnabled: boolean;
      PointInTimeRecoverySpecification: unknown;
    }[];
    expect(replica?.DeletionProtectionEnabled).toBe(true);
    expect(replica?.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
  }
});

test('a renamed construct is told, with what would become of its state', () => {
  const pinned: Pins = { data: { LedgerTable1: 'AWS::DynamoDB::GlobalTable, Retain', Key1: 'AWS::KMS::Key, Delete' } };
  const renamed: Pins = { data: { AccountsTable2: 'AWS::DynamoDB::GlobalTable, Retain' } };
  const [table, key] = brokenPins(pinned, renamed);
  expect(table).toContain('LedgerTable1 (AWS::DynamoDB::GlobalTable) is gone');
  expect(table).toContain('left behind');
  expect(table).toContain('replaced by an empty AccountsTable2');
  expect(key).toContain('Key1 (AWS::KMS::Key) is gone');
  expect(key).toContain('deleted with everything in it');
});

test('a changed deletion policy is told', () => {
  const [change] = brokenPins({ data: { T: 'AWS::DynamoDB::GlobalTable, Retain' } }, { data: { T: 'AWS::DynamoDB::GlobalTable, Delete' } });
  expect(change).toContain('Retain');
  expect(change).toContain('Delete');
});
