import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { execFileSync } from 'node:child_process';
import { readAssembly, type Template } from '../local/assembly';

/**
 * What an environment costs in a month in which nobody calls it, from its templates: `npm run idle-cost`. Everything that is paid by use is left out
 * (requests, tokens, stored gigabytes, log lines); free tiers are not counted.
 */

const HOURS_PER_MONTH = 730;

/**
 * US dollars a month, list prices of us-east-1 as known in 2026-11. The firewall's and the index's were looked up then; those of keys, alarms and dashboards have not
 * changed in years and were not. The authority is each service's pricing page: aws.amazon.com/{kms,waf,cloudwatch,opensearch-service}/pricing.
 */
const PRICES = {
  'customer key': 1,
  'web firewall': 5,
  'rule of a firewall': 1,
  'metric of an alarm': 0.1,
  dashboard: 3,
  'compute unit of a vector index': 0.24 * HOURS_PER_MONTH,
} as const;

export type IdleItem = keyof typeof PRICES;

export function idleItems(templates: readonly Template[]): Record<IdleItem, number> {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties ?? {});
  const firewalls = ofType('AWS::WAFv2::WebACL');
  return {
    'customer key': ofType('AWS::KMS::Key').length,
    'web firewall': firewalls.length,
    'rule of a firewall': firewalls.reduce((sum, { Rules }) => sum + ((Rules as unknown[] | undefined)?.length ?? 0), 0),
    'metric of an alarm': ofType('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboard: ofType('AWS::CloudWatch::Dashboard').length,
    'compute unit of a vector index': ofType('AWS::OpenSearchServerless::CollectionGroup').reduce(
      (sum, group) => sum + leastUnitsOf(group),
      0,
    ),
  };
}

/** A group that has not been used for ten minutes falls back to these, for indexing and for searching. */
function leastUnitsOf({ CapacityLimits: limits }: Readonly<Record<string, unknown>>): number {
  const { MinIndexingCapacityInOcu = 0, MinSearchCapacityInOcu = 0 } = (limits ?? {}) as Readonly<Record<string, number>>;
  return MinIndexingCapacityInOcu + MinSearchCapacityInOcu;
}

/** An alarm on an expression is billed for each metric in it. */
function metricsOf({ Metrics }: Readonly<Record<string, unknown>>): number {
  const queries = Metrics as { MetricStat?: unknown }[] | undefined;
  return queries ? queries.filter(({ MetricStat }) => MetricStat).length : 1;
}

export function idleUsd(items: Readonly<Record<IdleItem, number>>): number {
  return Object.entries(items).reduce((sum, [item, count]) => sum + count * PRICES[item as IdleItem], 0);
}

function templatesOf(environment: string): Template[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `idle-cost-${environment}-`));
  execFileSync('cdk', ['synth', '--quiet', '--output', folder, '-c', `env=${environment}`, '--no-notices'], {
    env: { ...process.env, CDK_VALIDATION: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const templates = readAssembly(folder).map(({ template }) => template);
  fs.rmSync(folder, { recursive: true });
  return templates;
}

if (require.main === module) {
  for (const environment of ['dev', 'staging', 'prod']) {
    const items = idleItems(templatesOf(environment));
    const parts = Object.entries(items).flatMap(([item, count]) => (count > 0 ? [`${count} × ${item}`] : []));
    process.stdout.write(`${environment}: $${idleUsd(items).toFixed(2)} (${parts.join(', ')})\n`);
  }
}
