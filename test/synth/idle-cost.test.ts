import * as fs from 'node:fs';
import * as path from 'node:path';
import { idleItems, idleUsd } from '../../scripts/idle-cost';
import { synthEnvironment } from '../helpers/synth';

const README = fs.readFileSync(path.resolve(__dirname, '..', '..', 'README.md'), 'utf8');

test.each(['dev', 'staging', 'prod'])('the README says what %s costs when nobody calls it', (name) => {
  const usd = idleUsd(idleItems(Object.values(synthEnvironment(name).templates)));
  expect(usd).toBeGreaterThan(0);
  expect(README).toContain(`\`${name}\` $${usd.toFixed(2)}`);
});

test('an alarm on an expression counts each of its metrics, any other one', () => {
  const alarm = (Properties: Record<string, unknown>) => ({ Type: 'AWS::CloudWatch::Alarm', Properties });
  const template = {
    Resources: {
      Single: alarm({ MetricName: 'Errors' }),
      Expression: alarm({
        Metrics: [
          { Id: 'rate', Expression: 'a/b' },
          { Id: 'a', MetricStat: {} },
          { Id: 'b', MetricStat: {} },
        ],
      }),
    },
  };
  expect(idleItems([template])['metric of an alarm']).toBe(3);
});
